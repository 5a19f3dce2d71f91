using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>How the calling thread is scheduled.</summary>
internal static unsafe partial class ThreadScheduling
{
    /// <summary>Sets the policy of the calling thread. Threads and processes that it starts inherit it.</summary>
    /// <param name="policy">One without priorities: <see cref="SchedulerPolicy.Other"/>, <see cref="SchedulerPolicy.Batch"/>.</param>
    /// <returns>False when the kernel refuses, which is not worth failing for.</returns>
    internal static bool TrySet(SchedulerPolicy policy)
    {
        // As for the nice value and the rest: what is there now, as sched_setscheduler(2) has it, which musl does not.
        int priority = 0;
        return NativeSet((nint)SystemCallNumbers.SetSchedulerPolicy, 0, (nint)policy, &priority) == 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint NativeSet(nint number, nint thread, nint policy, int* parameters);
}
