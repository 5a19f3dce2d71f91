using Kata.Runtime.Containers;
using Microsoft.Extensions.Logging;

namespace Kata.Shim.Stdio;

/// <summary>The streams of one process: opened when the process is made, carried from its start until both sides are done.</summary>
internal sealed class ProcessStdio : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    // Nobody may ever read a FIFO, so its reader gets little time; a busy machine or a full disk may hold one up for some seconds. The agent ends a stream soon
    // after the process by itself, so a guest that says nothing is slow, and its output must not be lost for that.
    private static readonly TimeSpan ReaderIdle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GuestIdle = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LastChance = TimeSpan.FromSeconds(10);

    // A process that has ended leaves what its pipes hold, which is less. More is from one that lives on with its streams, or from a guest that means harm.
    private const long MostLeft = 16 * 1024 * 1024;

    private readonly CancellationTokenSource _abandon = new();
    private readonly StdinPump? _stdin;
    private readonly OutputPump _stdout;
    private readonly OutputPump? _stderr;
    private Task _input = Task.CompletedTask;
    private Task _output = Task.CompletedTask;
    private bool _hadLastChance;

    /// <summary>Opens the streams.</summary>
    /// <exception cref="Kata.Primitives.KataException">NotFound: a FIFO does not exist. Unsupported: a kind of target this shim does not know.</exception>
    public ProcessStdio(StdioPaths paths, ILogger logger)
    {
        _stdout = new OutputPump(StdioTarget.OpenOutput(paths.Stdout), error: false, logger);
        try
        {
            _stderr = paths.Terminal ? null : new OutputPump(StdioTarget.OpenOutput(paths.Stderr), error: true, logger);
            _stdin = paths.Stdin.Length == 0 ? null : new StdinPump(paths.Stdin);
        }
        catch
        {
            _stdout.Dispose();
            _stderr?.Dispose();
            throw;
        }
    }

    private bool HeldByReader => _stdout.HeldByReader || _stderr is { HeldByReader: true };

    private long Taken => _stdout.Taken + (_stderr?.Taken ?? 0);

    private long Moved => _stdout.Moved + (_stderr?.Moved ?? 0);

    /// <summary>Lets clients write; the process is about to be started.</summary>
    /// <exception cref="Kata.Primitives.KataException">NotFound: the FIFO does not exist.</exception>
    public void Open() => _stdin?.Open();

    /// <summary>Starts carrying; the process has been started.</summary>
    public void Begin(GuestProcess process)
    {
        CancellationToken token = _abandon.Token;
        _output = _stderr is null
            ? _stdout.RunAsync(process, token)
            : Task.WhenAll(_stdout.RunAsync(process, token), _stderr.RunAsync(process, token));
        _input = _stdin is not null ? _stdin.RunAsync(process, token)
            : process.Terminal ? Task.CompletedTask
            : process.CloseStdinAsync(token);
    }

    /// <summary>The process never ran: tells readers that nothing will come.</summary>
    public void Close()
    {
        _stdin?.Dispose();
        _stdout.Dispose();
        _stderr?.Dispose();
    }

    /// <summary>Ends the process's input once everything written so far has reached it. Never waits; works before the start too.</summary>
    public void CloseStdin() => _stdin?.Close();

    /// <summary>The process has ended: waits until nothing of its output is left in the guest, however slow the reader is.</summary>
    public Task FetchedAsync() => _output.IsCompleted
        ? Task.CompletedTask // nor is anything fetched for a process that never began
        : UntilAsync(Task.WhenAll(_stdout.Fetched, _stderr?.Fetched ?? Task.CompletedTask), TimeSpan.MaxValue, TimeSpan.MaxValue);

    /// <summary>
    /// The process has ended: waits until all output has been handed over. Gives up when nothing has moved for a while, because a child holds the stream open
    /// or nobody reads; carrying goes on even then.
    /// </summary>
    public Task DrainAsync() => UntilAsync(_output, ReaderIdle, GuestIdle);

    /// <summary>Waits a last time for a slow reader, once.</summary>
    public async Task DrainFinallyAsync()
    {
        if (!_output.IsCompleted && !_hadLastChance)
        {
            await UntilAsync(_output, LastChance, LastChance).ConfigureAwait(false);
            _hadLastChance = true;
        }
    }

    /// <summary>Waits a last time for a slow reader, then closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await DrainFinallyAsync().ConfigureAwait(false);
        await _abandon.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_output, _input).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Close();
        _abandon.Dispose();
    }

    private async Task UntilAsync(Task done, TimeSpan readerIdle, TimeSpan guestIdle)
    {
        TimeSpan idle = TimeSpan.Zero;
        long taken = Taken;
        while (!done.IsCompleted && idle < (HeldByReader ? readerIdle : guestIdle) && Taken - taken <= MostLeft)
        {
            long before = Moved;
            await done.WaitAsync(Look).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            idle = Moved == before ? idle + Look : TimeSpan.Zero;
        }
    }
}
