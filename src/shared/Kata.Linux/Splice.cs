using System.Runtime.InteropServices;

namespace Kata.Linux;

/// <summary>splice(2): moves what is in a pipe elsewhere without bringing it into this process.</summary>
public static partial class Splice
{
    private const uint Flags = 3; // SPLICE_F_MOVE | SPLICE_F_NONBLOCK

    /// <summary>Moves what is there now; an error is returned, not thrown.</summary>
    /// <param name="from">Where from; a pipe, if <paramref name="to"/> is none.</param>
    /// <param name="to">Where to: another pipe, a socket, a file, a virtio-serial port.</param>
    /// <param name="most">The most bytes to move, at least 1.</param>
    /// <param name="count">The number of bytes moved; 0 at the end of <paramref name="from"/> and on errors.</param>
    /// <returns>0 for success. EAGAIN: nothing there, or no room. EINVAL: not with files of these kinds.</returns>
    public static Errno TryMove(Fd from, Fd to, int most, out int count)
    {
        while (true)
        {
            nint result = NativeSplice(from, 0, to, 0, most, Flags);
            Errno error = result >= 0 ? 0 : LinuxException.LastErrno();
            if (error != Errno.EINTR)
            {
                count = (int)Math.Max(result, 0);
                return error;
            }
        }
    }

    /// <summary>How much there is to read now.</summary>
    /// <returns>Bytes; 0 where the kernel cannot tell.</returns>
    public static unsafe int Available(Fd from)
    {
        const nuint BytesToRead = 0x541B; // FIONREAD
        int count = 0;
        return NativeControl(from, BytesToRead, &count) == 0 ? count : 0;
    }

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    private static partial nint NativeSplice(Fd from, nint fromOffset, Fd to, nint toOffset, nint length, uint flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int NativeControl(Fd fd, nuint request, int* value);
}
