using System.Buffers;
using Google.Protobuf;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Runtime.Guests;

namespace Kata.Runtime.Containers;

/// <summary>A process in the guest: a container's first one, or one added by exec. Members are safe for concurrent use.</summary>
public sealed class GuestProcess
{
    /// <summary>
    /// The most bytes one read asks for. Each costs a round trip to the guest, so a process that writes much is read in large pieces; see
    /// <see cref="FirstRead"/> for the others.
    /// </summary>
    public const int MaxRead = (2 * 1024 * 1024) - 4096; // two megabytes of buffer then do for the frame

    /// <summary>What to ask for first: what a pipe of the guest holds. Only a reader that gets so much at once should go on with <see cref="MaxRead"/>.</summary>
    public const int FirstRead = 64 * 1024;

    /// <summary>The most bytes of input that one request carries.</summary>
    public const int MaxWrite = 256 * 1024;

    private readonly GuestAgent _agent;
    private readonly ISandboxFate _fate;
    private readonly Func<CancellationToken, Task> _start;
    private readonly TaskCompletionSource<ProcessExit> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private (uint Columns, uint Rows)? _size;
    private bool _started;
    private bool _waiting;

    internal GuestProcess(GuestAgent agent, ISandboxFate fate, string containerId, string execId, bool terminal, Func<CancellationToken, Task> start)
    {
        _agent = agent;
        _fate = fate;
        _start = start;
        ContainerId = containerId;
        ExecId = execId;
        Terminal = terminal;
    }

    /// <summary>The container it runs in.</summary>
    public string ContainerId { get; }

    /// <summary>Names it in its container; the first process has the container's id.</summary>
    public string ExecId { get; }

    /// <summary>Whether it has a terminal: then its errors come on standard output.</summary>
    public bool Terminal { get; }

    /// <summary>Completes once, when the process or its VM is gone. Never faults or cancels; any number of callers may wait.</summary>
    public Task<ProcessExit> Exit => _exit.Task;

    /// <summary>Runs the program.</summary>
    /// <exception cref="KataException">FailedPrecondition: started before. Otherwise why the program does not run; the process counts as ended then.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_started)
            {
                throw new KataException(ErrorCode.FailedPrecondition, $"process {ExecId} was started before");
            }

            _started = true;
        }

        try
        {
            await _start(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _exit.TrySetResult(new ProcessExit(StartFailure.StatusOf(error), TimeProvider.System.GetUtcNow()));
            throw;
        }

        Watch();
        if (_size is { } size)
        {
            await TryApplyAsync(size, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for output and returns it without a copy.</summary>
    /// <param name="error">Standard error instead of standard output.</param>
    /// <param name="max">The most bytes to return.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>At least one byte and at most <paramref name="max"/>, to be disposed when done with; null at the end, which includes the end of the VM.</returns>
    public async Task<IMemoryOwner<byte>?> NextOutputAsync(bool error, int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        var request = new ReadStreamRequest { ContainerId = ContainerId, ExecId = ExecId, Len = (uint)Math.Min(max, MaxRead) };
        try
        {
            // The connection holds the agent to what it was asked for.
            IMemoryOwner<byte> output = await GuestAgent.WaitAsync(
                options => error ? _agent.Output.ReadStderrAsync(request, options) : _agent.Output.ReadStdoutAsync(request, options), cancellationToken).ConfigureAwait(false);
            if (!output.Memory.IsEmpty)
            {
                return output;
            }

            output.Dispose();
            return null;
        }
        catch (KataException failure) when (IsEnd(failure))
        {
            return null;
        }
    }

    /// <summary>Writes to the process's standard input; returns when the guest has taken everything.</summary>
    /// <param name="data">Any length.</param>
    /// <param name="cancellationToken">Gives up; an unknown part has been written then.</param>
    /// <exception cref="KataException">The process has ended or closed its input.</exception>
    public async ValueTask WriteStdinAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            // The request is gone from the wire's buffers when the answer is here, so the caller's memory may be wrapped.
            ByteString chunk = UnsafeByteOperations.UnsafeWrap(data[..Math.Min(data.Length, MaxWrite)]);
            var request = new WriteStreamRequest { ContainerId = ContainerId, ExecId = ExecId, Data = chunk };
            WriteStreamResponse response = await GuestAgent.WaitAsync(options => _agent.Client.WriteStdinAsync(request, options), cancellationToken).ConfigureAwait(false);
            if (response.Len == 0 || response.Len > chunk.Length)
            {
                throw new KataException(ErrorCode.Internal, $"the agent took {response.Len} of {chunk.Length} bytes of input");
            }

            data = data[(int)response.Len..];
        }
    }

    /// <summary>Ends the process's standard input. A process that is gone already is no error.</summary>
    public async Task CloseStdinAsync(CancellationToken cancellationToken)
    {
        var request = new CloseStdinRequest { ContainerId = ContainerId, ExecId = ExecId };
        try
        {
            await _agent.CallAsync(options => _agent.Client.CloseStdinAsync(request, options), cancellationToken).ConfigureAwait(false);
        }
        catch (KataException error) when (Exit.IsCompleted || error.Code is ErrorCode.NotFound or ErrorCode.Unavailable)
        {
            return;
        }
    }

    /// <summary>Sets the size of the terminal; before the start it is remembered and applied then.</summary>
    public async Task ResizeAsync(uint columns, uint rows, CancellationToken cancellationToken)
    {
        bool running;
        lock (_gate)
        {
            _size = (columns, rows);
            running = _started;
        }

        if (running)
        {
            await ApplyAsync((columns, rows), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends a signal.</summary>
    /// <param name="signal">1 to 64.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">NotFound: the process has ended. FailedPrecondition: an exec that was not started.</exception>
    public Task SignalAsync(int signal, CancellationToken cancellationToken) => SignalAsync(signal, everyProcess: false, cancellationToken);

    internal async Task SignalAsync(int signal, bool everyProcess, CancellationToken cancellationToken)
    {
        if (signal is < 1 or > 64)
        {
            throw KataException.Invalid($"{signal} is no signal; use 1 to 64");
        }

        if (Exit.IsCompleted)
        {
            throw KataException.NotFound($"process {ExecId} of container {ContainerId} has already finished");
        }

        if (!_started && ExecId != ContainerId)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"process {ExecId} of container {ContainerId} is not started");
        }

        var request = new SignalProcessRequest { ContainerId = ContainerId, ExecId = everyProcess ? string.Empty : ExecId, Signal = (uint)signal };
        await _agent.CallAsync(options => _agent.Client.SignalProcessAsync(request, options), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits in the background for the process to end; for a first process this begins before its program runs.</summary>
    internal void Watch()
    {
        lock (_gate)
        {
            if (_waiting)
            {
                return;
            }

            _waiting = true;
        }

        _ = WaitAsync();
    }

    /// <summary>The VM or the container is gone.</summary>
    internal void End(int status) => _exit.TrySetResult(new ProcessExit(status, TimeProvider.System.GetUtcNow()));

    private async Task WaitAsync()
    {
        var request = new WaitProcessRequest { ContainerId = ContainerId, ExecId = ExecId };
        int status;
        try
        {
            WaitProcessResponse response =
                await GuestAgent.WaitAsync(options => _agent.Client.WaitProcessAsync(request, options), CancellationToken.None).ConfigureAwait(false);
            status = response.Status is >= 0 and <= 255 ? response.Status : ProcessExit.Unknown;
        }
#pragma warning disable CA1031 // Whatever happens to the call, those who wait must be told that the process is lost.
        catch (Exception)
#pragma warning restore CA1031
        {
            status = await _fate.StatusAfterLossAsync().ConfigureAwait(false);
        }

        End(status);
    }

    private Task ApplyAsync((uint Columns, uint Rows) size, CancellationToken cancellationToken)
    {
        var request = new TtyWinResizeRequest { ContainerId = ContainerId, ExecId = ExecId, Column = size.Columns, Row = size.Rows };
        return _agent.CallAsync(options => _agent.Client.TtyWinResizeAsync(request, options), cancellationToken);
    }

    private async Task TryApplyAsync((uint Columns, uint Rows) size, CancellationToken cancellationToken)
    {
        try
        {
            await ApplyAsync(size, cancellationToken).ConfigureAwait(false);
        }
        catch (KataException)
        {
            // The program runs; that it ended at once, or that its terminal keeps the default size, must not make its start fail.
            return;
        }
    }

    // Upstream's old agent says the end of a stream in an error, which has no code of its own.
    private bool IsEnd(KataException failure) =>
        failure.Code is ErrorCode.NotFound or ErrorCode.Unavailable || Exit.IsCompleted
        || failure.Message is "eof" or "read meet eof" || failure.Message.EndsWith("read meet eof", StringComparison.Ordinal);
}
