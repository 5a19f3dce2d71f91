using System.Buffers;
using Kata.Cli.Output;
using Kata.Linux;
using Kata.Linux.Terminals;
using Kata.Primitives;
using Kata.Runtime.Containers;

namespace Kata.Cli.Containers;

/// <summary>Connects the process in the guest with our standard streams, and our terminal with its own.</summary>
internal sealed class TerminalFront : IAsyncDisposable
{
    private readonly GuestProcess _process;
    private readonly bool _interactive;
    private readonly ProgressLine _progress;
    private readonly Fd _input = new(0, owns: false);
    private readonly CancellationTokenSource _done = new();
    private readonly OutputDrain _drain = new(TimeProvider.System);
    private TerminalMode? _raw;
    private volatile bool _outputLost;

    /// <summary>Prepares nothing yet.</summary>
    /// <param name="process">The process.</param>
    /// <param name="interactive">Whether its input is ours.</param>
    /// <param name="progress">Where complaints go.</param>
    public TerminalFront(GuestProcess process, bool interactive, ProgressLine progress)
    {
        _process = process;
        _interactive = interactive;
        _progress = progress;
    }

    private bool HasTerminal => _process.Terminal && TerminalMode.IsTerminal(_input);

    /// <summary>Gives the process the size of our terminal; to be called before it starts.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (HasTerminal)
        {
            TerminalSize size = TerminalMode.SizeOf(_input);
            await _process.ResizeAsync(size.Columns, size.Rows, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Moves bytes until the process has ended and all of its output was written.</summary>
    public async Task<ProcessExit> RunAsync(Container container, CancellationToken cancellationToken)
    {
        if (HasTerminal && _interactive)
        {
            // Keys go to the guest's terminal as they are; Ctrl-C is the business of the program there.
            _raw = TerminalMode.MakeRaw(_input);
        }

        Task output = PumpOutputAsync(error: false, descriptor: 1, container);
        Task errors = _process.Terminal ? Task.CompletedTask : PumpOutputAsync(error: true, descriptor: 2, container);
        Task input = PumpInputAsync();
        ProcessExit exit = await _process.Exit.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _done.CancelAsync().ConfigureAwait(false);

        // When the program is gone so are the programs it started: what is still to be read is there already.
        if (!await _drain.WaitAsync(Task.WhenAll(output, errors), cancellationToken).ConfigureAwait(false))
        {
            _progress.WriteLine("kata-runtime: warning: some output may be missing: the container's streams did not end with its program");
        }

        // A read of a terminal or pipe cannot be called back; the thread in it ends with us.
        _ = input;
        return _outputLost ? exit with { Status = ExitCodes.SignalBase + (int)Kata.Linux.Signals.Signal.BrokenPipe } : exit;
    }

    /// <summary>Tells the process that our terminal has another size.</summary>
    public async Task ResizeAsync()
    {
        if (!HasTerminal || _process.Exit.IsCompleted)
        {
            return;
        }

        TerminalSize size = TerminalMode.SizeOf(_input);
        try
        {
            await _process.ResizeAsync(size.Columns, size.Rows, _done.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is KataException or OperationCanceledException)
        {
            // The process may be gone at any moment; the next change of size tries again.
            return;
        }
    }

    /// <summary>Gives the terminal back as it was.</summary>
    public async ValueTask DisposeAsync()
    {
        _raw?.Dispose();
        await _done.CancelAsync().ConfigureAwait(false);
        _done.Dispose();
    }

    private async Task PumpOutputAsync(bool error, int descriptor, Container container)
    {
        using var target = new Fd(descriptor, owns: false);
        // A program that had the same terminal before us may have left it so that writes fail when it is busy.
        target.SetNonBlocking(false);
        while (true)
        {
            using IMemoryOwner<byte>? data = await _process.NextOutputAsync(error, GuestProcess.MaxRead, CancellationToken.None).ConfigureAwait(false);
            if (data is null)
            {
                return;
            }

            try
            {
                _drain.Write(() => FdIo.WriteAll(target, data.Memory.Span));
            }
            catch (LinuxException failure) when (failure.Errno == Errno.EPIPE)
            {
                // The reader of our output is gone: end as a program in a pipeline does.
                _outputLost = true;
                await SignalFront.TryKillAsync(container).ConfigureAwait(false);
                return;
            }
        }
    }

    private async Task PumpInputAsync()
    {
        if (!_interactive)
        {
            if (!_process.Terminal)
            {
                await _process.CloseStdinAsync(_done.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return;
        }

        byte[] buffer = new byte[32 << 10];
        try
        {
            _input.SetNonBlocking(false);
            while (!_done.IsCancellationRequested)
            {
                // On a thread of the pool: terminals, pipes and files alike can be read this way, and our input's mode is not ours to change.
                int count = await Task.Run(() => FdIo.Read(_input, buffer), _done.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    await _process.CloseStdinAsync(_done.Token).ConfigureAwait(false);
                    return;
                }

                await _process.WriteStdinAsync(buffer.AsMemory(0, count), _done.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is KataException or OperationCanceledException or ObjectDisposedException)
        {
            // The program ended or closed its input, or our input failed as that of any program can: nothing more is sent.
            return;
        }
    }
}
