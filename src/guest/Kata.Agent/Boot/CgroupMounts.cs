using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;

namespace Kata.Agent.Boot;

/// <summary>Mounts the control groups of the guest, in the layout the host asked for.</summary>
internal static class CgroupMounts
{
    private const MountFlags Safe = MountFlags.NoSetId | MountFlags.NoDevices | MountFlags.NoExecute;
    private const string Root = "/sys/fs/cgroup";

    private static readonly string[] Wanted =
        ["cpu", "cpuacct", "blkio", "cpuset", "memory", "devices", "freezer", "net_cls", "perf_event", "net_prio", "hugetlb", "pids", "rdma"];

    /// <summary>Mounts them.</summary>
    /// <param name="unified">Whether one v2 hierarchy is mounted instead of one of v1 per controller.</param>
    public static void Mount(bool unified)
    {
        if (unified)
        {
            MountUnified();
            return;
        }

        HashSet<string> enabled = Enabled(BoundedFile.ReadText("/proc/cgroups", 64 * 1024));
        if (!enabled.Contains("devices"))
        {
            return; // a kernel without v1 controllers
        }

        Linux.Mounts.Mount.Attach("tmpfs", Root, "tmpfs", Safe, "mode=755");
        foreach (string controller in Wanted)
        {
            if (enabled.Contains(controller))
            {
                string directory = $"{Root}/{controller}";
                Directory.CreateDirectory(directory);
                Linux.Mounts.Mount.Attach("cgroup", directory, "cgroup", Safe | MountFlags.RelativeAccessTimes, controller);
            }
        }

        Linux.Mounts.Mount.Remount(Root, Safe | MountFlags.ReadOnly, "mode=755");
        if (File.Exists(Root + "/memory/memory.use_hierarchy"))
        {
            BoundedFile.WriteOnce(Root + "/memory/memory.use_hierarchy", "1");
        }
    }

    // Each process of a container is moved to its group, for which the kernel waits out a grace period of RCU, unless it is told that moves come often.
    private static void MountUnified()
    {
        const MountFlags Flags = Safe | MountFlags.RelativeAccessTimes;
        try
        {
            Linux.Mounts.Mount.Attach("cgroup2", Root, "cgroup2", Flags, "nsdelegate,favordynmods");
        }
        catch (LinuxException error) when (error.Errno == Errno.EINVAL)
        {
            Linux.Mounts.Mount.Attach("cgroup2", Root, "cgroup2", Flags, "nsdelegate"); // before Linux 6.0
        }
    }

    /// <summary>The controllers that are on, from the text of /proc/cgroups.</summary>
    internal static HashSet<string> Enabled(string table)
    {
        var names = new HashSet<string>();
        foreach (Range range in table.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = table.AsSpan(range);

            // name, hierarchy, number of groups, enabled
            if (!line.IsEmpty && line[0] != '#' && line.EndsWith("\t1", StringComparison.Ordinal))
            {
                names.Add(line[..line.IndexOf('\t')].ToString());
            }
        }

        return names;
    }
}
