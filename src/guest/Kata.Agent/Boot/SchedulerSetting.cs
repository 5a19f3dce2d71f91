using Kata.Linux.Paths;

namespace Kata.Agent.Boot;

/// <summary>How the guest's kernel treats new threads.</summary>
internal static class SchedulerSetting
{
    /// <summary>
    /// Lets a new thread run before the one that made it. The .NET runtime starts a thread by yielding in a loop until it runs, and the scheduler's default is
    /// to let the maker go on for the rest of its time: 2 ms of a single processor for each thread.
    /// </summary>
    /// <remarks>Linux 6.6 and later schedule otherwise and have no such setting.</remarks>
    public static void LetNewThreadsRunFirst() => BoundedFile.TryWriteOnce("/proc/sys/kernel/sched_child_runs_first", "1");
}
