using System.Globalization;
using System.Text;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>The directory of a group in one hierarchy, and the files in it.</summary>
/// <param name="mount">Where the hierarchy is mounted.</param>
/// <param name="group">The group's normalized path in it.</param>
internal sealed class CgroupDirectory(string mount, string group)
{
    private const int MaxFile = 16 * 1024 * 1024;
    private const int MaxProcesses = 4 * 1024 * 1024; // the kernel's PID_MAX_LIMIT
    private const int MaxDepth = 128;

    /// <summary>The directory.</summary>
    internal string Path { get; } = mount + group;

    /// <summary>The hierarchy's mount point.</summary>
    internal string Mount { get; } = mount;

    internal bool Exists => Directory.Exists(Path);

    /// <summary>The directories from the hierarchy's root to this one, the root first.</summary>
    internal IEnumerable<CgroupDirectory> FromRoot()
    {
        yield return new CgroupDirectory(Mount, string.Empty);
        for (int end = group.IndexOf('/', Math.Min(1, group.Length)); end > 0; end = group.IndexOf('/', end + 1))
        {
            yield return new CgroupDirectory(Mount, group[..end]);
        }

        if (group.Length > 0)
        {
            yield return this;
        }
    }

    /// <summary>Makes the directory alone. No error if it exists.</summary>
    internal void Make() => Directory.CreateDirectory(Path);

    internal bool Has(string file) => File.Exists(FileOf(file));

    internal void Write(string file, string value) => BoundedFile.WriteOnce(FileOf(file), value);

    internal void Write(string file, long value) => Write(file, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Writes if there is such a file.</summary>
    internal bool TryWrite(string file, string value) => BoundedFile.TryWriteOnce(FileOf(file), value);

    internal string Read(string file) => Encoding.UTF8.GetString(BoundedFile.Read(FileOf(file), MaxFile));

    /// <summary>The content of a file, or null if the kernel has no such file here, or has stopped serving it.</summary>
    internal string? TryRead(string file)
    {
        try
        {
            return Read(file);
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ENODEV or Errno.EOPNOTSUPP)
        {
            return null;
        }
    }

    /// <summary>A file with one number; 0 without the file, the largest number for <c>max</c>.</summary>
    internal ulong ReadNumber(string file) => TryRead(file) is { } text ? CgroupText.Number(text) : 0;

    /// <summary>A file of lines "name number".</summary>
    internal IReadOnlyDictionary<string, ulong> ReadTable(string file) => CgroupText.Table(TryRead(file) ?? string.Empty);

    /// <summary>The processes here and in child groups.</summary>
    internal HashSet<int> Processes()
    {
        var pids = new HashSet<int>();
        Collect(this, pids, 0);
        return pids;
    }

    /// <summary>Removes the directory and its children.</summary>
    /// <returns>False while something in it is still busy.</returns>
    internal bool TryRemove(int depth = 0)
    {
        // Most have no children, and those that have say so.
        if (TryRemoveEmpty())
        {
            return true;
        }

        bool childrenGone = true;
        foreach (CgroupDirectory child in Children(depth))
        {
            childrenGone &= child.TryRemove(depth + 1);
        }

        return childrenGone && TryRemoveEmpty();
    }

    private bool TryRemoveEmpty()
    {
        try
        {
            using Fd parent = Fd.Open(System.IO.Path.GetDirectoryName(Path)!, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
            FileAt.RemoveDirectory(parent, System.IO.Path.GetFileName(Path));
            return true;
        }
        catch (LinuxException error) when (error.Errno is Errno.EBUSY or Errno.ENOTEMPTY)
        {
            return false;
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            return true;
        }
    }

    private static void Collect(CgroupDirectory directory, HashSet<int> pids, int depth)
    {
        foreach (string line in (directory.TryRead("cgroup.procs") ?? string.Empty).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // 0 stands for a process that is not in our pid namespace.
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0)
            {
                pids.Add(pid);
            }
        }

        if (pids.Count > MaxProcesses)
        {
            throw new KataException(ErrorCode.ResourceExhausted, $"cgroup {directory.Path} lists more than {MaxProcesses} processes");
        }

        foreach (CgroupDirectory child in directory.Children(depth))
        {
            Collect(child, pids, depth + 1);
        }
    }

    private List<CgroupDirectory> Children(int depth)
    {
        if (depth >= MaxDepth)
        {
            throw new KataException(ErrorCode.ResourceExhausted, $"cgroups below {Path} are nested more than {MaxDepth} deep");
        }

        try
        {
            using Fd directory = Fd.Open(Path, OpenFlags.ReadOnly | OpenFlagsPerArchitecture.Directory);
            return [.. DirectoryReader.Read(directory).Where(e => e.Kind == FileKind.Directory).Select(e => new CgroupDirectory(Mount, $"{group}/{e.Name}"))];
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            return [];
        }
    }

    private string FileOf(string name) => $"{Path}/{name}";
}
