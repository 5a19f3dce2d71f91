using System.Runtime.InteropServices;
using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>The parts of killing and removing that do not depend on the version.</summary>
internal static partial class CgroupWaits
{
    private const int Kill = 9; // SIGKILL
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Checks a condition until it holds: the kernel gives no notice for the conditions of cgroups.</summary>
    /// <exception cref="KataException">DeadlineExceeded.</exception>
    internal static async Task UntilAsync(Func<bool> condition, TimeSpan deadline, string what, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await Until.HoldsAsync(condition, deadline, LongestPause, time, cancellationToken).ConfigureAwait(false))
        {
            throw new KataException(ErrorCode.DeadlineExceeded, $"{what} took longer than {deadline.TotalMilliseconds:F0} ms");
        }
    }

    /// <summary>The root group holds every process of the machine.</summary>
    internal static void RefuseRoot(ICgroup group)
    {
        if (group.Path == "/")
        {
            throw KataException.Invalid("the root cgroup cannot be stopped, killed or removed");
        }
    }

    /// <summary>Signals processes; those that are gone by now do not count, nor does this one.</summary>
    internal static int Signal(IEnumerable<int> pids, int signal)
    {
        int count = 0;
        foreach (int pid in pids)
        {
            if (pid == Environment.ProcessId)
            {
                continue;
            }

            if (SendSignal(pid, signal) == 0)
            {
                count++;
            }
            else if (LinuxException.LastErrno() is var error and not Errno.ESRCH)
            {
                throw new LinuxException("kill", error, pid);
            }
        }

        return count;
    }

    /// <summary>Kills processes again and again until none is left.</summary>
    internal static async Task KillAllAsync(ICgroup group, Func<Task> killOnce, TimeSpan deadline, TimeProvider time, CancellationToken cancellationToken)
    {
        RefuseRoot(group);
        long start = time.GetTimestamp();
        TimeSpan round = TimeSpan.FromMilliseconds(100);
        bool Empty() => !group.MayHaveProcesses || !group.Processes().Any(pid => pid != Environment.ProcessId);
        while (!Empty())
        {
            await killOnce().ConfigureAwait(false);
            TimeSpan left = deadline - time.GetElapsedTime(start);
            try
            {
                await UntilAsync(Empty, left < round ? left : round, $"killing the processes of cgroup {group.Path}", time, cancellationToken).ConfigureAwait(false);
            }
            catch (KataException error) when (error.Code == ErrorCode.DeadlineExceeded && time.GetElapsedTime(start) < deadline)
            {
                // New ones may have been born: once more.
            }
        }
    }

    /// <summary>Kills what is listed now.</summary>
    internal static void KillListed(ICgroup group) => Signal(group.Processes(), Kill);

    /// <summary>Removes directories until all are gone.</summary>
    internal static Task DeleteAsync(
        ICgroup group, IReadOnlyList<CgroupDirectory> directories, TimeSpan deadline, TimeProvider time, CancellationToken cancellationToken)
    {
        RefuseRoot(group);

        bool AllRemoved()
        {
            bool removed = true;
            foreach (CgroupDirectory directory in directories)
            {
                removed &= directory.TryRemove();
            }

            return removed;
        }

        return UntilAsync(AllRemoved, deadline, $"removing cgroup {group.Path}", time, cancellationToken);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
