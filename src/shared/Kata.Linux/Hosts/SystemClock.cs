using System.Runtime.InteropServices;

namespace Kata.Linux.Hosts;

/// <summary>The clock of the machine.</summary>
public static unsafe partial class SystemClock
{
    /// <summary>Sets the time of day.</summary>
    /// <param name="seconds">Seconds since 1970, at least 0.</param>
    /// <param name="microseconds">0 to 999,999.</param>
    /// <exception cref="LinuxException">EPERM: not privileged. EINVAL: no such time.</exception>
    public static void Set(long seconds, long microseconds)
    {
        long* time = stackalloc long[] { seconds, microseconds };
        if (NativeSetTime(time, 0) != 0)
        {
            throw LinuxException.FromLastError("settimeofday", seconds);
        }
    }

    [LibraryImport("libc", EntryPoint = "settimeofday", SetLastError = true)]
    private static partial int NativeSetTime(long* time, nint zone);
}
