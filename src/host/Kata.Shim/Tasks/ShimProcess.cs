using Kata.Primitives;
using Kata.Runtime.Containers;
using Kata.Shim.Stdio;

namespace Kata.Shim.Tasks;

/// <summary>A process as containerd sees it: the guest's process, its streams on the host, and an end that is only shown once its output is complete.</summary>
internal sealed class ShimProcess : IAsyncDisposable
{
    private readonly ProcessStdio _stdio;
    private readonly TaskCompletionSource<ProcessExit> _reported = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ShimProcess(GuestProcess guest, StdioPaths paths, ProcessStdio stdio)
    {
        Guest = guest;
        Paths = paths;
        _stdio = stdio;
    }

    /// <summary>The process in the guest.</summary>
    public GuestProcess Guest { get; }

    /// <summary>Where its streams go.</summary>
    public StdioPaths Paths { get; }

    /// <summary>One start, or one report of the end, at a time: so the end is never announced before the start.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>Whether its program was started.</summary>
    public bool Started { get; private set; }

    /// <summary>The announced end; null until then.</summary>
    public ProcessExit? End { get; private set; }

    /// <summary>Completes with the end when it is announced. Any number of callers may wait.</summary>
    public Task<ProcessExit> Exit => _reported.Task;

    /// <summary>Runs the program and begins to carry its streams.</summary>
    /// <exception cref="KataException">FailedPrecondition: its end was announced before, because it was killed or the agent said so.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (End is { } end)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"cannot start process {Guest.ExecId}: it has ended already, with status {end.Status}");
        }

        _stdio.Open();
        await Guest.StartAsync(cancellationToken).ConfigureAwait(false);
        Started = true;
        _stdio.Begin(Guest);
    }

    /// <summary>No more input.</summary>
    public void CloseStdin() => _stdio.CloseStdin();

    /// <summary>Completes when the process is gone and its output handed over.</summary>
    public async Task<ProcessExit> WaitAsync()
    {
        ProcessExit exit = await Guest.Exit.ConfigureAwait(false);

        // A short program can end before its start has been answered: then its output is still to be carried, and must not be closed.
        await Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        bool started = Started;
        Gate.Release();
        if (started)
        {
            await _stdio.DrainAsync().ConfigureAwait(false);
        }
        else
        {
            _stdio.Close();
        }

        return exit;
    }

    /// <summary>Completes when what it has written is fetched from the guest, if it has ended; at once if it runs. Never faults.</summary>
    public Task FetchedAsync() => Guest.Exit.IsCompleted ? _stdio.FetchedAsync() : Task.CompletedTask;

    /// <summary>Gives readers of what it has written a last chance, if it has ended.</summary>
    public Task DrainFinallyAsync() => Guest.Exit.IsCompleted ? _stdio.DrainFinallyAsync() : Task.CompletedTask;

    /// <summary>Makes the end visible.</summary>
    public void Report(ProcessExit exit)
    {
        End = exit;
        _reported.TrySetResult(exit);
    }

    /// <summary>The announced end, or the reason why there is none.</summary>
    /// <exception cref="KataException">FailedPrecondition: it runs.</exception>
    public ProcessExit RequireEnd(string what) => End
        ?? throw new KataException(ErrorCode.FailedPrecondition, $"cannot delete {what}: it is running; kill it first");

    /// <summary>Closes the streams.</summary>
    public ValueTask DisposeAsync() => _stdio.DisposeAsync();
}
