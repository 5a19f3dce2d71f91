using System.Runtime.InteropServices;

namespace Kata.Linux;

/// <summary>The size of the buffer inside a pipe.</summary>
public static partial class PipeCapacity
{
    private const int SetPipeSize = 1031; // F_SETPIPE_SZ
    private const int GetPipeSize = 1032; // F_GETPIPE_SZ

    /// <summary>Asks for a capacity.</summary>
    /// <param name="pipe">Either end.</param>
    /// <param name="bytes">At least this much; the kernel rounds up to a power of two pages.</param>
    /// <returns>The capacity the pipe has now.</returns>
    /// <exception cref="LinuxException">EPERM: more than pipe-max-size, without CAP_SYS_RESOURCE.</exception>
    public static int Set(Fd pipe, int bytes)
    {
        int capacity = NativeControl(pipe, SetPipeSize, bytes);
        return capacity >= 0 ? capacity : throw LinuxException.FromLastError("fcntl", subject: "F_SETPIPE_SZ");
    }

    /// <summary>Asks for a capacity that is not worth failing for.</summary>
    /// <returns>The capacity the pipe has now; null when it keeps the one it had: no pipe, or a limit is reached.</returns>
    /// <inheritdoc cref="Set"/>
    public static int? TrySet(Fd pipe, int bytes) => NativeControl(pipe, SetPipeSize, bytes) is >= 0 and var capacity ? capacity : null;

    /// <summary>Asks for a capacity that is not worth failing for, and leaves a larger one as it is.</summary>
    /// <inheritdoc cref="TrySet"/>
    public static int? TryGrow(Fd pipe, int bytes) => NativeControl(pipe, GetPipeSize, 0) is var now && now >= bytes ? now : TrySet(pipe, bytes);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int NativeControl(Fd fd, int command, nint argument);
}
