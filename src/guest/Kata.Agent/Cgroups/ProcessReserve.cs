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
    private const long MaxAge = 10_000; // ms: containers often come in numbers, and what the kernel has room for hardly ever changes

    private static long _readAt;
    private static long _limit;

    /// <summary>Limits a container that has no limit.</summary>
    public static void Keep(ICgroup group, LinuxResources? resources)
    {
        if (resources?.Pids is { Limit: > 0 } || resources?.Unified.ContainsKey("pids.max") == true)
        {
            return;
        }

        try
        {
            group.Apply(new CgroupLimits { MaxProcesses = Present() });
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

    private static long Present()
    {
        long now = Environment.TickCount64;
        if (_limit == 0 || now - _readAt > MaxAge)
        {
            _limit = Limit(Number("/proc/sys/kernel/threads-max"), Number("/proc/sys/kernel/pid_max"));
            _readAt = now;
        }

        return _limit;
    }

    private static long Number(string file) => long.Parse(BoundedFile.ReadText(file, MaxFile), CultureInfo.InvariantCulture);
}
