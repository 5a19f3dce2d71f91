using System.Globalization;
using Kata.Linux.Cgroups;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Cgroups;

/// <summary>
/// Keeps a few of the kernel's tasks back for the agent: a container without a limit of its own that forks without end would take them all, and then no
/// request could be answered any more, not even the one to kill it.
/// </summary>
internal static class ProcessReserve
{
    private const long Reserved = 128;
    private const int MaxFile = 64;

    /// <summary>Limits a container that has no limit.</summary>
    public static void Keep(ICgroup group, LinuxResources? resources)
    {
        if (resources?.Pids is { Limit: > 0 } || resources?.Unified.ContainsKey("pids.max") == true)
        {
            return;
        }

        try
        {
            group.Apply(new CgroupLimits { MaxProcesses = Limit(Number("/proc/sys/kernel/threads-max"), Number("/proc/sys/kernel/pid_max")) });
        }
        catch (KataException error) when (error.Code == ErrorCode.Unsupported)
        {
            // A kernel without that controller.
            return;
        }
    }

    /// <summary>The limit in a system with room for so many tasks.</summary>
    internal static long Limit(long threads, long pids)
    {
        long most = Math.Min(threads, pids);
        return Math.Max(most - Reserved, most / 2);
    }

    private static long Number(string file) => long.Parse(BoundedFile.ReadText(file, MaxFile), CultureInfo.InvariantCulture);
}
