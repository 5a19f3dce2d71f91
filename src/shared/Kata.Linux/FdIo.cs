using System.Runtime.InteropServices;

namespace Kata.Linux;

/// <summary>Plain read(2) and write(2), repeated when a signal interrupts them.</summary>
public static partial class FdIo
{
    /// <summary>Reads what is there, blocking if the descriptor does.</summary>
    /// <returns>The number of bytes; 0 at the end.</returns>
    /// <exception cref="LinuxException">As read(2), EAGAIN included.</exception>
    public static int Read(Fd fd, Span<byte> buffer) => TryRead(fd, buffer, out int count) switch
    {
        0 => count,
        Errno error => throw new LinuxException("read", error),
    };

    /// <summary>Reads what is there; an error is returned, not thrown.</summary>
    /// <param name="fd">Where from.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="count">The number of bytes; 0 at the end and on errors.</param>
    /// <returns>0 for success.</returns>
    public static unsafe Errno TryRead(Fd fd, Span<byte> buffer, out int count)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                nint result = NativeRead(fd, start, buffer.Length);
                if (Settled(result, out Errno error))
                {
                    count = (int)Math.Max(result, 0);
                    return error;
                }
            }
        }
    }

    /// <summary>Writes what the descriptor takes.</summary>
    /// <returns>The number of bytes taken.</returns>
    /// <exception cref="LinuxException">As write(2), EAGAIN and EPIPE included.</exception>
    public static int Write(Fd fd, ReadOnlySpan<byte> bytes) => TryWrite(fd, bytes, out int count) switch
    {
        0 => count,
        Errno error => throw new LinuxException("write", error),
    };

    /// <summary>Writes what the descriptor takes; an error is returned, not thrown.</summary>
    /// <param name="fd">Where to.</param>
    /// <param name="bytes">What.</param>
    /// <param name="count">The number of bytes taken; 0 on errors.</param>
    /// <returns>0 for success.</returns>
    public static unsafe Errno TryWrite(Fd fd, ReadOnlySpan<byte> bytes, out int count)
    {
        fixed (byte* start = bytes)
        {
            while (true)
            {
                nint result = NativeWrite(fd, start, bytes.Length);
                if (Settled(result, out Errno error))
                {
                    count = (int)Math.Max(result, 0);
                    return error;
                }
            }
        }
    }

    /// <summary>Writes everything to a blocking descriptor.</summary>
    /// <exception cref="LinuxException">As write(2).</exception>
    public static void WriteAll(Fd fd, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[Write(fd, bytes)..];
        }
    }

    /// <summary>Reads from a position of a regular file until the buffer is full or the file ends.</summary>
    /// <returns>The number of bytes.</returns>
    /// <exception cref="LinuxException">As pread(2).</exception>
    public static unsafe int ReadAt(Fd fd, Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            int done = 0;
            while (done < buffer.Length)
            {
                nint result = NativeReadAt(fd, start + done, buffer.Length - done, offset + done);
                if (!Settled(result, out Errno error))
                {
                    continue;
                }

                done += error == 0 ? (int)result : throw new LinuxException("pread", error);
                if (result == 0)
                {
                    break;
                }
            }

            return done;
        }
    }

    /// <summary>Writes everything at a position of a regular file, which may leave a hole before it.</summary>
    /// <param name="fd">The file.</param>
    /// <param name="bytes">What.</param>
    /// <param name="offset">Where; at least 0.</param>
    /// <exception cref="LinuxException">As pwrite(2): ENOSPC, EFBIG.</exception>
    public static unsafe void WriteAllAt(Fd fd, ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            int done = 0;
            while (done < bytes.Length)
            {
                nint result = NativeWriteAt(fd, start + done, bytes.Length - done, offset + done);
                if (Settled(result, out Errno error))
                {
                    done += error == 0 ? (int)result : throw new LinuxException("pwrite", error);
                }
            }
        }
    }

    /// <summary>Whether a call is over: it succeeded, or failed with anything but EINTR.</summary>
    private static bool Settled(nint result, out Errno error)
    {
        error = result >= 0 ? 0 : LinuxException.LastErrno();
        return error != Errno.EINTR;
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint NativeRead(Fd fd, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint NativeWrite(Fd fd, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static unsafe partial nint NativeWriteAt(Fd fd, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static unsafe partial nint NativeReadAt(Fd fd, byte* buffer, nint count, long offset);
}
