using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>How the cgroup controllers of this machine are mounted. Hosts with v1 controllers and an extra v2 hierarchy count as v1.</summary>
public sealed class CgroupHierarchy
{
    /// <summary>Where cgroups usually are.</summary>
    public const string DefaultRoot = "/sys/fs/cgroup";

    private static readonly string[] KnownControllers =
        ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "net_cls", "net_prio", "perf_event", "hugetlb", "rdma", "misc"];

    private readonly TimeProvider _time;

    private CgroupHierarchy(CgroupVersion version, string root, IReadOnlyDictionary<string, string> controllers, string? unified, TimeProvider time)
    {
        Version = version;
        Root = root;
        Controllers = controllers;
        UnifiedDirectory = unified;
        _time = time;
    }

    /// <summary>The interface in use.</summary>
    public CgroupVersion Version { get; }

    /// <summary>The directory that was looked at.</summary>
    public string Root { get; }

    /// <summary>Controller → where its hierarchy is mounted. Controllers that are mounted together share a directory; on v2 all do.</summary>
    public IReadOnlyDictionary<string, string> Controllers { get; }

    /// <summary>Where a v2 hierarchy is mounted, if there is one; on hybrid hosts it has no controllers that matter.</summary>
    public string? UnifiedDirectory { get; }

    /// <summary>Finds out how cgroups are mounted.</summary>
    /// <param name="root">The directory they are under.</param>
    /// <param name="time">The clock for waiting; null for the system's.</param>
    /// <exception cref="KataException">FailedPrecondition: no cgroups are mounted there.</exception>
    public static CgroupHierarchy Detect(string root = DefaultRoot, TimeProvider? time = null) => Detect(root, MountInfo.Read(), time);

    /// <summary>Finds out how cgroups are mounted, from a given mount table.</summary>
    /// <inheritdoc cref="Detect(string, TimeProvider?)"/>
    public static CgroupHierarchy Detect(string root, IReadOnlyList<MountEntry> mounts, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(mounts);
        var controllers = new Dictionary<string, string>(StringComparer.Ordinal);
        string? unified = null;
        foreach (MountEntry mount in mounts)
        {
            bool below = mount.MountPoint == root || mount.MountPoint.StartsWith($"{root}/", StringComparison.Ordinal);
            if (below && mount.FileSystemType == "cgroup2")
            {
                unified ??= mount.MountPoint;
            }
            else if (below && mount.FileSystemType == "cgroup")
            {
                foreach (string option in mount.SuperOptions.Split(',').Intersect(KnownControllers, StringComparer.Ordinal))
                {
                    controllers.TryAdd(option, mount.MountPoint);
                }
            }
        }

        time ??= TimeProvider.System;
        if (controllers.Count > 0)
        {
            return new CgroupHierarchy(CgroupVersion.V1, root, controllers, unified, time);
        }

        return unified is not null
            ? OfUnified(unified, time)
            : throw new KataException(ErrorCode.FailedPrecondition, $"no cgroup hierarchy is mounted at {root}");
    }

    /// <summary>A v2 hierarchy, whatever else is mounted.</summary>
    /// <param name="directory">Where it is mounted.</param>
    /// <param name="time">The clock for waiting; null for the system's.</param>
    public static CgroupHierarchy OfUnified(string directory, TimeProvider? time = null)
    {
        var root = new CgroupDirectory(directory, string.Empty);
        string[] names = (root.TryRead("cgroup.controllers") ?? string.Empty).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return new CgroupHierarchy(
            CgroupVersion.V2,
            directory,
            names.ToDictionary(name => name, _ => directory, StringComparer.Ordinal),
            directory,
            time ?? TimeProvider.System);
    }

    /// <summary>The group that a process is in, for groups that are to be made below it.</summary>
    /// <param name="controller">A controller on v1; ignored on v2.</param>
    /// <param name="pid">The process; null for this one.</param>
    /// <returns>Its path; <c>/</c> if the process is in no group of that hierarchy.</returns>
    public string PathOf(string controller, int? pid = null)
    {
        const int MaxFile = 1024 * 1024;
        string process = pid?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "self";
        foreach (string line in BoundedFile.ReadText($"/proc/{process}/cgroup", MaxFile).Split('\n'))
        {
            string[] fields = line.Split(':', 3);
            bool matches = fields.Length == 3
                && (Version == CgroupVersion.V2 ? fields[0] == "0" : fields[1].Split(',').Contains(controller, StringComparer.Ordinal));
            if (matches)
            {
                return fields[2];
            }
        }

        return "/";
    }

    /// <summary>A group that may or may not exist.</summary>
    /// <param name="path">Its path from the root of the hierarchies.</param>
    /// <exception cref="KataException">InvalidArgument: not a path of a group.</exception>
    public ICgroup Open(string path)
    {
        string group = CgroupPath.Normalize(path);
        return Version == CgroupVersion.V2 ? new CgroupV2(Root, group, Controllers.Keys, _time) : new CgroupV1(Controllers, group, _time);
    }

    /// <summary>Makes a group and what is missing above it. No error if it exists.</summary>
    /// <param name="path">Its path from the root of the hierarchies.</param>
    /// <param name="everything">
    /// On v2: whether with the controllers too that few use (hugetlb, rdma, misc), for who makes groups of his own in it. Otherwise they come with the first limit
    /// of theirs.
    /// </param>
    /// <exception cref="KataException">InvalidArgument: not a path of a group.</exception>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ICgroup Create(string path, bool everything = false)
    {
        ICgroup group = Open(path);
        if (group is CgroupV2 second)
        {
            second.Create(everything);
        }
        else
        {
            ((CgroupV1)group).Create();
        }

        return group;
    }
}
