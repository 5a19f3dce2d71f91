using System.Runtime.InteropServices;
using Kata.Linux.Events;

namespace Kata.Linux.Processes;

/// <summary>
/// For PID 1: one thread that reaps every child, its own and those that were left to it, and hands out the exit statuses. While it exists, nothing else in
/// the process may wait for children. Safe for concurrent use.
/// </summary>
public sealed unsafe partial class ChildReaper : IDisposable
{
    private const int AnyChild = 0; // P_ALL
    private const int OneChild = 1; // P_PID
    private const int WaitExited = 4; // WEXITED
    private const int LeaveZombie = 0x01000000; // WNOWAIT
    private const int AllKinds = 0x40000000; // __WALL

    private readonly object _lock = new();
    private readonly Dictionary<int, TaskCompletionSource<ExitStatus>> _expected = [];
    private readonly Action<int, ExitStatus>? _orphanReaped;
    private readonly List<long> _launching = []; // tickets of the launches under way, the oldest first
    private long _lastTicket;
    private bool _mayHaveChildren = true;
    private bool _closing;

    /// <summary>Starts the thread. Call it on a thread in the process's own namespaces.</summary>
    /// <param name="orphanReaped">Called on the reaper's thread for every process that nobody expected; must neither block nor throw.</param>
    public ChildReaper(Action<int, ExitStatus>? orphanReaped = null)
    {
        _orphanReaped = orphanReaped;
        _ = ReadinessLoop.Shared;
        new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "reaper" }.Start();
    }

    /// <summary>Starts a process whose exit status is certain to arrive, however soon it ends.</summary>
    /// <param name="program">What the child does.</param>
    /// <param name="options">How it is made.</param>
    /// <exception cref="LinuxException">As <see cref="ProcessLauncher.Start"/>.</exception>
    public (LaunchedProcess Process, Task<ExitStatus> Exit) Launch(ProcessProgram program, LaunchOptions options)
    {
        long ticket;
        lock (_lock)
        {
            ticket = ++_lastTicket;
            _launching.Add(ticket);
        }

        try
        {
            LaunchedProcess process = ProcessLauncher.Start(program, options);
            return (process, Expect(process.Pid));
        }
        finally
        {
            lock (_lock)
            {
                _launching.Remove(ticket);
                _mayHaveChildren = true;
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>
    /// Announces interest in a child that cannot have been reaped yet: one that waits at a start gate. For all others use <see cref="Launch"/>, which leaves
    /// no gap.
    /// </summary>
    /// <param name="pid">The child.</param>
    public Task<ExitStatus> Expect(int pid)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pid);
        lock (_lock)
        {
            if (!_expected.TryGetValue(pid, out TaskCompletionSource<ExitStatus>? exit))
            {
                exit = new TaskCompletionSource<ExitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
                _expected.Add(pid, exit);
            }

            _mayHaveChildren = true;
            Monitor.PulseAll(_lock);
            return exit.Task;
        }
    }

    /// <summary>Lets the thread end once there are no children; those there are go on being reaped.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _closing = true;
            Monitor.PulseAll(_lock);
        }
    }

    private void Run()
    {
        while (true)
        {
            SignalInfo info = default;

            // Looked at first and reaped under the lock: until then its pid cannot be given to another process.
            if (NativeWait(AnyChild, 0, &info, WaitExited | LeaveZombie | AllKinds) == 0)
            {
                Settle(info.Pid, info.ToExitStatus());
                continue;
            }

            Errno error = LinuxException.LastErrno();
            if (error == Errno.ECHILD && !WaitForLaunch())
            {
                return;
            }

            if (error is not (Errno.ECHILD or Errno.EINTR))
            {
                Environment.FailFast($"waitid: {LinuxException.Explain(error)}");
            }
        }
    }

    private void Settle(int pid, ExitStatus status)
    {
        TaskCompletionSource<ExitStatus>? exit;
        lock (_lock)
        {
            // A launch under way may be the one that made it. Those settle soon: making a process never waits for what the process does.
            long newest = _lastTicket;
            while (!_expected.Remove(pid, out exit) && _launching.Count > 0 && _launching[0] <= newest)
            {
                Monitor.Wait(_lock);
            }

            // If this fails, somebody broke the rule and reaped it in between. Its status is known all the same.
            SignalInfo info = default;
            _ = NativeWait(OneChild, pid, &info, WaitExited | AllKinds);
        }

        if (exit is not null)
        {
            exit.TrySetResult(status);
        }
        else
        {
            _orphanReaped?.Invoke(pid, status);
        }
    }

    /// <summary>Waits until there may be children again. False when there will be none.</summary>
    private bool WaitForLaunch()
    {
        lock (_lock)
        {
            // Whoever launches sets the flag after the child exists; it is cleared before the next look.
            while (!_mayHaveChildren && !_closing)
            {
                Monitor.Wait(_lock);
            }

            _mayHaveChildren = false;
            return !_closing || _launching.Count > 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int NativeWait(int idType, int id, SignalInfo* info, int options);
}
