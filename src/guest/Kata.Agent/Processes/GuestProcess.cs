using Kata.Linux;
using Kata.Linux.Processes;
using Kata.Linux.Terminals;
using Kata.Primitives;

namespace Kata.Agent.Processes;

/// <summary>One process the host knows by name: the first of a container, or one added to it. Safe for concurrent use.</summary>
internal sealed class GuestProcess : IDisposable
{
    private static readonly TimeSpan CarryTime = TimeSpan.FromSeconds(30);

    private readonly LaunchedProcess _launched;
    private readonly TimeProvider _time;

    /// <summary>Takes over a launched process.</summary>
    /// <param name="execId">The host's name for it; empty for the first process of a container.</param>
    /// <param name="launched">The process.</param>
    /// <param name="exit">Completes with its end.</param>
    /// <param name="streams">Its standard streams.</param>
    /// <param name="time">The clock for how long output is waited for.</param>
    public GuestProcess(string execId, LaunchedProcess launched, Task<ExitStatus> exit, ProcessStreams streams, TimeProvider time)
    {
        ExecId = execId;
        _launched = launched;
        _time = time;
        Streams = streams;
        Exited = WatchAsync(exit);
    }

    /// <summary>The host's name for it; empty for the first process of a container.</summary>
    public string ExecId { get; }

    /// <summary>Its process id in the guest.</summary>
    public int Pid => _launched.Pid;

    /// <summary>The process itself, for the namespaces it is in.</summary>
    public PidFd PidFd => _launched.PidFd;

    /// <summary>Completes when its program was executed; faults when that failed.</summary>
    public Task Executed => _launched.Executed;

    /// <summary>Its standard streams.</summary>
    public ProcessStreams Streams { get; }

    /// <summary>Completes once, with its end.</summary>
    public Task<ExitStatus> Exited { get; }

    /// <summary>Whether the host was told about the end.</summary>
    public bool WasReported { get; private set; }

    /// <summary>Waits for the end, and until the host has fetched the output it is fetching.</summary>
    /// <returns>The exit code as a shell knows it.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        ExitStatus status = await Exited.WaitAsync(cancellationToken).ConfigureAwait(false);

        // The output comes first, so that a host that stops reading at the exit has everything. Somebody else may hold the stream, so not for ever.
        // On a connection of its own the host does not say when it has all: there its reading sets the pace for longer.
        TimeSpan patience = Streams.Carrier is null ? OutputStream.LingerTime * 2 : CarryTime;
        Task deadline = Task.Delay(patience, _time, cancellationToken);
        await Task.WhenAny(Streams.Fetched, deadline).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        WasReported = true;
        return status.ShellCode;
    }

    /// <summary>Sends a signal; nothing happens if the process is gone.</summary>
    /// <returns>Whether it was still there.</returns>
    public bool Signal(int signal) => !Exited.IsCompleted && _launched.PidFd.TrySignal(signal);

    /// <summary>Sets the size of the terminal.</summary>
    /// <exception cref="KataException">Unavailable: it has none.</exception>
    public void Resize(ushort rows, ushort columns)
    {
        Fd terminal = Streams.Terminal ?? throw new KataException(ErrorCode.Unavailable, "the process has no terminal");
        TerminalMode.Resize(terminal, new TerminalSize(rows, columns));
    }

    /// <summary>Closes its streams. The process is left as it is.</summary>
    public void Dispose()
    {
        Streams.Dispose();
        _launched.Dispose();
    }

    private async Task<ExitStatus> WatchAsync(Task<ExitStatus> exit)
    {
        ExitStatus status = await exit.ConfigureAwait(false);
        Streams.ProcessExited();
        return status;
    }
}
