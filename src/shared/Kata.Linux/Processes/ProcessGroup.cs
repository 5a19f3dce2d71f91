using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>Signals a process together with the children it has left in its group.</summary>
public static partial class ProcessGroup
{
    /// <summary>Sends a signal to every process of a group.</summary>
    /// <param name="leader">The group's number: the process id of its first member, which the caller has not reaped yet, so that the number is still its own.</param>
    /// <param name="signal">1 to 64; 0 only probes.</param>
    /// <returns>False when no process is left in the group.</returns>
    /// <exception cref="LinuxException">EPERM: not allowed. EINVAL: no such signal.</exception>
    public static bool TrySignal(int leader, int signal)
    {
        // 0 and 1 would mean the caller's own group and every process there is.
        ArgumentOutOfRangeException.ThrowIfLessThan(leader, 2);
        if (Kill(-leader, signal) == 0)
        {
            return true;
        }

        Errno error = LinuxException.LastErrno();
        return error == Errno.ESRCH ? false : throw new LinuxException("kill", error, -leader);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
