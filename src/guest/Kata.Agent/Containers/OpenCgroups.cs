using Kata.Linux;
using Kata.Linux.Cgroups;
using Kata.Linux.Processes;

namespace Kata.Agent.Containers;

/// <summary>What brings a process into a group: the directory that it is born in, or cgroup.procs files, one per hierarchy, to join by itself.</summary>
internal sealed class OpenCgroups : IDisposable
{
    private readonly List<Fd> _files = [];

    private OpenCgroups()
    {
    }

    /// <summary>The files; none if it is born there.</summary>
    public IReadOnlyList<Fd> Files => _files;

    /// <summary>The directory, if it is born there.</summary>
    public Fd? Directory { get; private init; }

    /// <summary>Opens the directory of a group, or its files where no process can be born in one.</summary>
    /// <exception cref="LinuxException">The group is gone.</exception>
    public static OpenCgroups ToBeBornIn(CgroupHierarchy hierarchy, ICgroup group) => hierarchy.Version == CgroupVersion.V2 && ProcessLauncher.CanPlace
        ? new OpenCgroups { Directory = Fd.Open($"{hierarchy.Root}{group.Path}", OpenFlags.Path | OpenFlagsPerArchitecture.Directory) }
        : Of(hierarchy, group);

    /// <summary>Opens the files of a group.</summary>
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
        Directory?.Dispose();
        foreach (Fd file in _files)
        {
            file.Dispose();
        }
    }
}
