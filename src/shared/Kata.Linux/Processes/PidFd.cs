using System.Runtime.InteropServices;
using Kata.Linux.Events;
using Microsoft.Win32.SafeHandles;

namespace Kata.Linux.Processes;

/// <summary>
/// An owned pidfd: names one process for as long as it is held, so a recycled pid is never signalled by mistake.
/// Safe for concurrent use. Needs Linux 5.3.
/// </summary>
public sealed partial class PidFd : SafeHandleMinusOneIsInvalid
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC
    private readonly Lock _lock = new();
    private Task? _exited;

    internal PidFd(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>Opens a pidfd, close-on-exec, for a running or zombie process.</summary>
    /// <param name="pid">Process id in the caller's pid namespace; greater than 0.</param>
    /// <exception cref="LinuxException">ESRCH: no such process. EMFILE: the fd limit is reached.</exception>
    public static PidFd Open(int pid)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pid);
        nint fd = NativeOpen((nint)SystemCallNumbers.PidFdOpen, pid, flags: 0);
        return fd >= 0 ? new PidFd((int)fd) : throw LinuxException.FromLastError("pidfd_open", subject: pid);
    }

    /// <summary>Another handle on the same process.</summary>
    /// <exception cref="LinuxException">EMFILE: the fd limit is reached.</exception>
    public PidFd Duplicate() => new(DuplicateNumber());

    /// <summary>The same as a plain descriptor: for namespaces (setns takes pidfds) and the like.</summary>
    /// <exception cref="LinuxException">EMFILE: the fd limit is reached.</exception>
    public Fd ToFd() => new(DuplicateNumber());

    /// <summary>Sends a signal. False when the process has already been reaped, which is no error for a caller that wants it gone.</summary>
    /// <param name="signal">1 to 64; 0 only probes.</param>
    /// <exception cref="LinuxException">EPERM: not allowed. EINVAL: no such signal.</exception>
    public bool TrySignal(int signal)
    {
        if (NativeSignal((nint)SystemCallNumbers.PidFdSendSignal, this, signal, info: 0, flags: 0) == 0)
        {
            return true;
        }

        Errno error = LinuxException.LastErrno();
        return error == Errno.ESRCH ? false : throw new LinuxException("pidfd_send_signal", error, subject: signal);
    }

    /// <summary>Waits until the process has ended, reaped or not. Any number of waiters.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task WaitExitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _exited ??= WatchExit();
            return _exited.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NativeClose((int)handle) == 0;

    private Task WatchExit()
    {
        // The watch has a descriptor of its own, so that it ends with the process and not with this handle.
        Fd watched = ToFd();
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ReadinessLoop.Shared.OnceReadable(watched, _ =>
        {
            watched.Dispose();
            exited.TrySetResult();
        });
        return exited.Task;
    }

    private int DuplicateNumber()
    {
        int copy = NativeControl(this, DuplicateCloseOnExec, 0);
        return copy >= 0 ? copy : throw LinuxException.FromLastError("fcntl", subject: "F_DUPFD_CLOEXEC");
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint NativeOpen(nint number, int pid, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint NativeSignal(nint number, PidFd fd, int signal, nint info, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int NativeControl(PidFd fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int NativeClose(int fd);
}
