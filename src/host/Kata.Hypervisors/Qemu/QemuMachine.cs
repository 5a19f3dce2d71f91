using System.Text;
using Kata.Hypervisors.Processes;
using Kata.Linux.Processes;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Hypervisors.Qemu;

/// <summary>A machine run by a QEMU process.</summary>
internal sealed partial class QemuMachine : IVirtualMachine
{
    private const int ExplainedConsoleLines = 20;
    private const int ExplainedOutputLines = 10;
    private const int Preparing = 0;
    private const int Started = 1;

    // QEMU and virtiofsd end within moments of each other, whichever was first. This long QEMU has to show that it was the first.
    private static readonly TimeSpan BlameDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(500);
    private readonly QemuMachineParts _parts;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource<VmExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _supervision;
    private int _state = Preparing;
    private volatile bool _stopRequested;
    private volatile VmExit? _exit;
    private volatile Task? _disposal;
    private readonly Lock _disposalGate = new();

    /// <summary>Takes over processes that run.</summary>
    public QemuMachine(QemuMachineParts parts, ILogger logger)
    {
        _parts = parts;
        _logger = logger;
        HelperProcessIds = [.. parts.Helpers.Select(h => h.ProcessId)];
        _supervision = SuperviseAsync();
    }

    /// <inheritdoc/>
    public string Id => _parts.Id;

    /// <inheritdoc/>
    public VmCapabilities Capabilities =>
        VmCapabilities.SharedDirectories | VmCapabilities.BlockDevices | VmCapabilities.NetworkDevices | VmCapabilities.MultiQueue;

    /// <inheritdoc/>
    public int ProcessId => _parts.Qemu.ProcessId;

    /// <inheritdoc/>
    public IReadOnlyList<int> HelperProcessIds { get; }

    /// <inheritdoc/>
    public string AgentAddress => _parts.AgentAddress;

    /// <inheritdoc/>
    public ConsoleTail Console => _parts.Console.Tail;

    /// <inheritdoc/>
    public string Accelerator => _parts.Accelerator;

    /// <inheritdoc/>
    public TimeSpan BootTimeout => _parts.BootTimeout;

    /// <inheritdoc/>
    public Task<VmExit> Exited => _exited.Task;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Started, Preparing) != Preparing)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"machine '{Id}' was started before");
        }

        try
        {
            // Sent together: QEMU takes them in order, and only when it is ready, so nothing has to be waited for in between.
            Task negotiated = _parts.Monitor.ExecuteAsync("qmp_capabilities", BootTimeout, cancellationToken);
            Task running = _parts.Monitor.ExecuteAsync("cont", BootTimeout, cancellationToken);
            await Task.WhenAll(negotiated, running).ConfigureAwait(false);
        }
        catch (KataException error)
        {
            // A QEMU that gave up is about to end by itself, and its status says more than that of one that was killed.
            await Task.WhenAny(Exited, Task.Delay(error.Code == ErrorCode.DeadlineExceeded ? TimeSpan.Zero : LastWords, CancellationToken.None)).ConfigureAwait(false);
            await StopAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
            throw error.Code == ErrorCode.DeadlineExceeded
                ? new KataException(ErrorCode.DeadlineExceeded, Explain($"qemu did not run the guest within {BootTimeout.TotalSeconds} s"), error)
                : new KataException(ErrorCode.Unavailable, Explain("qemu did not run the guest"), error);
        }
        catch (OperationCanceledException)
        {
            await StopAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        LogRunning(_logger, Id, ProcessId, Accelerator);
    }

    /// <inheritdoc/>
    public async Task StopAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        _stopRequested = true;
        if (grace > TimeSpan.Zero && !Exited.IsCompleted)
        {
            try
            {
                await _parts.Monitor.ExecuteAsync("quit", grace, cancellationToken).ConfigureAwait(false);
                await Exited.WaitAsync(grace, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is KataException or TimeoutException or OperationCanceledException)
            {
                LogKilled(_logger, Id, error.Message);
            }
        }

        _parts.Qemu.Kill();
        await Exited.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public string Explain(string what)
    {
        var text = new StringBuilder(what);
        if (_exit is { Requested: false } exit)
        {
            text.Append(": ").Append(exit.Reason);
        }

        foreach (HostProcess process in _parts.Helpers.Prepend(_parts.Qemu))
        {
            AppendLines(text, $"{process.Name} said", process.Output.Tail(ExplainedOutputLines));
        }

        IReadOnlyList<string> console = Console.Tail(ExplainedConsoleLines);
        AppendLines(text, "the guest's console ended with", console);
        return console.Count > 0 ? text.ToString() : text.Append("\nthe guest's console is empty").ToString();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_disposalGate)
        {
            _disposal ??= TearDownAsync();
        }

        await _disposal.ConfigureAwait(false);
    }

    private static void AppendLines(StringBuilder text, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count > 0)
        {
            text.Append('\n').Append(title).Append(":\n  ").AppendJoin("\n  ", lines);
        }
    }

    private async Task TearDownAsync()
    {
        await StopAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
        await _supervision.ConfigureAwait(false);
        await _parts.DisposeAsync().ConfigureAwait(false);
    }

    private async Task SuperviseAsync()
    {
        HostProcess qemu = _parts.Qemu;
        HostProcess? culprit = null;
        Task first = await Task.WhenAny(_parts.Helpers.Select(h => h.Exited).Prepend(qemu.Exited)).ConfigureAwait(false);
        if (first != qemu.Exited)
        {
            await ((Task)qemu.Exited).WaitAsync(BlameDelay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            culprit = qemu.Exited.IsCompleted ? null : _parts.Helpers.First(h => h.Exited == first);
            qemu.Kill(); // a guest whose files are gone only hangs
        }

        ExitStatus? culpritStatus = culprit is null ? null : await culprit.Exited.ConfigureAwait(false);

        ExitStatus status = await qemu.Exited.ConfigureAwait(false);
        foreach (HostProcess helper in _parts.Helpers)
        {
            helper.Kill();
            await helper.Exited.ConfigureAwait(false);
        }

        await _parts.Console.Completion.WaitAsync(BlameDelay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var exit = new VmExit
        {
            Status = status,
            Stderr = string.Join('\n', qemu.Output.Tail(ExplainedOutputLines)),
            Reason = Describe(status, culprit?.Name, culpritStatus),
            Requested = _stopRequested,
        };
        LogEnded(_logger, Id, exit.Reason, exit.Requested);
        _exit = exit;
        _exited.TrySetResult(exit);
    }

    private string Describe(ExitStatus qemu, string? culprit, ExitStatus? culpritStatus)
    {
        if (culprit is not null)
        {
            return $"{culprit} ended with {culpritStatus}, and the machine cannot go on without it";
        }

        return _parts.Shutdown.Words is { } words && qemu.Exited ? $"{words} (qemu ended with {qemu})" : $"qemu ended with {qemu}";
    }
}
