using Kata.Linux;
using Kata.Linux.Cgroups;

namespace Kata.Agent.Containers;

/// <summary>Open cgroup.procs files, one per hierarchy, for a process that is to join by itself.</summary>
internal sealed class OpenCgroups : IDisposable
{
    private readonly List<Fd> _files = [];

    private OpenCgroups()
    {
    }

    /// <summary>The files.</summary>
    public IReadOnlyList<Fd> Files => _files;

    /// <summary>Opens those of a group.</summary>
    /// <exception cref="LinuxException">The group is gone.</exception>
    public static OpenCgroups Of(CgroupHierarchy hierarchy, ICgroup group)
    {
        var open = new OpenCgroups();
        try
        {
            var mounts = new HashSet<string>(hierarchy.Controllers.Values);
            if (mounts.Count == 0)
            {
                mounts.Add(hierarchy.Root);
            }

            foreach (string mount in mounts)
            {
                open._files.Add(Fd.Open($"{mount}{group.Path}/cgroup.procs", OpenFlags.WriteOnly));
            }

            return open;
        }
        catch
        {
            open.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Fd file in _files)
        {
            file.Dispose();
        }
    }
}
