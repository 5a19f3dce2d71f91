using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>A process made by <see cref="ProcessLauncher"/>. Disposing closes the pidfd; it neither kills nor reaps.</summary>
/// <remarks>
/// Whoever starts a process sees to it that it is reaped: by <see cref="WaitAsync"/>, or in a process that has a <see cref="ChildReaper"/> by that one alone.
/// A process whose launch failed must be reaped as well. Safe for concurrent use.
/// </remarks>
public sealed partial class LaunchedProcess : IDisposable
{
    private const int IdIsPidFd = 3; // P_PIDFD
    private const int WaitExited = 4; // WEXITED
    private readonly LaunchReport _report;
    private readonly Lock _lock = new();
    private Task<ExitStatus>? _status;

    internal LaunchedProcess(int pid, PidFd pidFd, LaunchReport report)
    {
        Pid = pid;
        PidFd = pidFd;
        _report = report;
    }

    /// <summary>The process id in the parent's pid namespace.</summary>
    public int Pid { get; }

    /// <summary>The process itself, whatever becomes of the number.</summary>
    public PidFd PidFd { get; }

    /// <summary>
    /// Completes when the program was executed; faults with <see cref="LaunchException"/> when a step failed, and then the process has ended with 127. A process
    /// that a signal ends before (at its start gate, say) completes it too: its exit status says so.
    /// </summary>
    public Task Executed => _report.Executed;

    /// <summary>Waits for the end of the process and reaps it; any number of times. Not for processes of a <see cref="ChildReaper"/>.</summary>
    /// <param name="cancellationToken">Gives up waiting; the process is reaped all the same when it ends.</param>
    /// <exception cref="LinuxException">ECHILD: somebody else reaped it.</exception>
    public Task<ExitStatus> WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _status ??= ReapAsync();
            return _status.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => PidFd.Dispose();

    private async Task<ExitStatus> ReapAsync()
    {
        // A handle of its own: the status must arrive even if this object is disposed meanwhile.
        using PidFd process = PidFd.Duplicate();
        await process.WaitExitAsync(CancellationToken.None).ConfigureAwait(false);
        return TryReap(process) ?? throw new LinuxException("waitid", Errno.ECHILD, Pid);
    }

    /// <summary>Waits for the end of a process, blocking, and reaps it.</summary>
    /// <returns>How it ended; null if somebody else reaped it.</returns>
    internal static unsafe ExitStatus? TryReap(PidFd process)
    {
        SignalInfo info = default;
        while (NativeWait(IdIsPidFd, process, &info, WaitExited) != 0)
        {
            Errno error = LinuxException.LastErrno();
            if (error != Errno.EINTR)
            {
                return error == Errno.ECHILD ? null : throw new LinuxException("waitid", error);
            }
        }

        return info.ToExitStatus();
    }

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static unsafe partial int NativeWait(int idType, PidFd id, SignalInfo* info, int options);
}
