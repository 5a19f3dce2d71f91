using System.Runtime.InteropServices;

using Kata.Cli.Output;
using Kata.Linux.Signals;
using Kata.Primitives;
using Kata.Runtime.Containers;

namespace Kata.Cli.Containers;

/// <summary>
/// Signals that reach us belong to the program in the container. Before it runs they end the whole undertaking; a program that does not end when it is
/// asked to is killed.
/// </summary>
internal sealed class SignalFront : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private static readonly Signal[] Forwarded =
        [Signal.Interrupt, Signal.Terminate, Signal.HangUp, Signal.Quit, Signal.User1, Signal.User2, Signal.Alarm];

    private readonly ProgressLine _progress;
    private readonly CancellationTokenSource _ended;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _gate = new();
    private GuestProcess? _process;
    private TerminalFront? _terminal;
    private int _interrupts;
    private ITimer? _deadline;

    /// <summary>Takes over the signals.</summary>
    /// <param name="progress">Where hints go.</param>
    /// <param name="cancellationToken">Ends everything as SIGTERM before the start does.</param>
    public SignalFront(ProgressLine progress, CancellationToken cancellationToken)
    {
        _progress = progress;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        foreach (Signal signal in Forwarded)
        {
            _registrations.Add(PosixSignalRegistration.Create((PosixSignal)(int)signal, context => Received(context, (int)signal)));
        }

        _registrations.Add(PosixSignalRegistration.Create((PosixSignal)(int)Signal.WindowChange, Resized));
    }

    /// <summary>Cancelled when all has to end at once.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>The signal that did it.</summary>
    public int EndedBy { get; private set; } = (int)Signal.Terminate;

    /// <summary>From now on signals go to a process.</summary>
    public void Attach(GuestProcess process, TerminalFront terminal)
    {
        lock (_gate)
        {
            _process = process;
            _terminal = terminal;
        }
    }

    /// <summary>Kills all processes of a container, if there are any left.</summary>
    public static async Task TryKillAsync(Container container)
    {
        try
        {
            await container.KillAsync((int)Signal.Kill, all: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (KataException)
        {
            // Ended already: that is what was wanted.
            return;
        }
    }

    public void Dispose()
    {
        _registrations.ForEach(r => r.Dispose());
        _deadline?.Dispose();
        _ended.Dispose();
    }

    private void Received(PosixSignalContext context, int signal)
    {
        context.Cancel = true;
        GuestProcess? process;
        int forwarded = signal;
        lock (_gate)
        {
            process = _process;
            if (process is null)
            {
                End(signal);
                return;
            }

            if (signal == (int)Signal.Interrupt)
            {
                forwarded = Escalate();
            }

            if (signal is (int)Signal.Terminate or (int)Signal.HangUp)
            {
                _deadline ??= TimeProvider.System.CreateTimer(_ => End(signal), state: null, Grace, Timeout.InfiniteTimeSpan);
            }
        }

        _ = ForwardAsync(process, forwarded);
    }

    /// <summary>The first process of a pid namespace does not get signals it does not handle, so asking three times has to be enough.</summary>
    private int Escalate()
    {
        _interrupts++;
        if (_interrupts == 2)
        {
            _progress.WriteLine("kata-runtime: asking the program to end; press Ctrl-C once more to kill it");
        }

        return (int)(_interrupts switch
        {
            1 => Signal.Interrupt,
            2 => Signal.Terminate,
            _ => Signal.Kill,
        });
    }

    private void End(int signal)
    {
        EndedBy = signal;
        _ended.Cancel();
    }

    private void Resized(PosixSignalContext context)
    {
        context.Cancel = true;
        TerminalFront? terminal = _terminal;
        if (terminal is not null)
        {
            _ = terminal.ResizeAsync();
        }
    }

    private async Task ForwardAsync(GuestProcess process, int signal)
    {
        try
        {
            await process.SignalAsync(signal, _ended.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is KataException or OperationCanceledException)
        {
            // Ended meanwhile, or ending.
            return;
        }
    }
}
