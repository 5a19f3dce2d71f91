using System.Runtime.InteropServices;
using Kata.Linux.Paths;
using Microsoft.Win32.SafeHandles;

namespace Kata.Linux;

/// <summary>An owned file descriptor. Safe for concurrent use; closing waits for calls in progress through safe-handle marshalling.</summary>
/// <remarks>Every descriptor that this class makes is close-on-exec.</remarks>
public sealed partial class Fd : SafeHandleMinusOneIsInvalid
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC
    private const int GetFlags = 3; // F_GETFL
    private const int SetFlags = 4; // F_SETFL

    /// <summary>Wraps a descriptor.</summary>
    /// <param name="fd">An open descriptor, at least 0.</param>
    /// <param name="owns">Whether disposing closes it.</param>
    public Fd(int fd, bool owns = true)
        : base(owns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fd);
        SetHandle(fd);
    }

    /// <summary>The number. Valid only while this object is held and not disposed.</summary>
    /// <exception cref="ObjectDisposedException">The descriptor was closed.</exception>
    public int Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (int)handle;
        }
    }

    /// <summary>The magic link that names this descriptor's file for calls that take only a path: <c>/proc/self/fd/7</c>.</summary>
    public string ProcPath => $"/proc/self/fd/{Value}";

    /// <summary>Makes a pipe, close-on-exec at both ends.</summary>
    /// <param name="nonBlocking">Whether both ends are non-blocking.</param>
    /// <exception cref="LinuxException">EMFILE, ENFILE: a descriptor limit is reached.</exception>
    public static unsafe (Fd Read, Fd Write) Pipe(bool nonBlocking = false)
    {
        int* ends = stackalloc int[2];
        return NativePipe(ends, OpenFlags.CloseOnExec | (nonBlocking ? OpenFlags.NonBlocking : 0)) == 0
            ? (new Fd(ends[0]), new Fd(ends[1]))
            : throw LinuxException.FromLastError("pipe2");
    }

    /// <summary>Opens a file by path, close-on-exec. For paths that others control use the confined directories instead.</summary>
    /// <param name="path">The path, followed as the kernel does.</param>
    /// <param name="flags">Access mode and flags of open(2).</param>
    /// <param name="mode">Permission bits of a file that is created.</param>
    /// <exception cref="LinuxException">As open(2).</exception>
    public static Fd Open(string path, OpenFlags flags, uint mode = 0)
    {
        ArgumentNullException.ThrowIfNull(path);
        while (true)
        {
            int fd = NativeOpen(path, flags | OpenFlags.CloseOnExec, mode);
            if (fd >= 0)
            {
                return new Fd(fd);
            }

            if (LinuxException.LastErrno() != Errno.EINTR)
            {
                throw LinuxException.FromLastError("open", path);
            }
        }
    }

    /// <summary>Another descriptor of the same open file, close-on-exec.</summary>
    /// <exception cref="LinuxException">EMFILE: the descriptor limit is reached.</exception>
    public Fd Duplicate()
    {
        int copy = NativeControl(this, DuplicateCloseOnExec, 0);
        return copy >= 0 ? new Fd(copy) : throw LinuxException.FromLastError("fcntl", subject: "F_DUPFD_CLOEXEC");
    }

    /// <summary>Turns O_NONBLOCK of the open file on or off. It is shared by all duplicates of the descriptor.</summary>
    /// <exception cref="LinuxException">As fcntl(2).</exception>
    public void SetNonBlocking(bool value)
    {
        int flags = NativeControl(this, GetFlags, 0);
        int wanted = value ? flags | (int)OpenFlags.NonBlocking : flags & ~(int)OpenFlags.NonBlocking;
        if (flags < 0 || NativeControl(this, SetFlags, wanted) < 0)
        {
            throw LinuxException.FromLastError("fcntl", subject: "F_SETFL");
        }
    }

    /// <summary>Gives up ownership: the caller closes the number.</summary>
    public int Release()
    {
        int fd = Value;
        SetHandleAsInvalid();
        return fd;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NativeClose((int)handle) == 0;

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static unsafe partial int NativePipe(int* ends, OpenFlags flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    private static partial int NativeOpen(string path, OpenFlags flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int NativeControl(Fd fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int NativeClose(int fd);
}
