using System.Diagnostics;
using System.Text;
using Kata.Linux;
using Kata.Linux.Processes;
using Kata.Linux.Sockets;
using Kata.Linux.Terminals;

namespace Kata.Testing.Terminals;

/// <summary>A program at a terminal, as a person has it: keys go in, what is printed comes out, the window changes its size. Disposing kills it.</summary>
public sealed class TerminalProgram : IAsyncDisposable
{
    private const int Kill = 9;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly PseudoTerminal _terminal;
    private readonly FdStream _stream;
    private readonly LaunchedProcess _process;
    private readonly LauncherThread _thread;
    private readonly StringBuilder _printed = new();
    private readonly Task _reading;

    private TerminalProgram(PseudoTerminal terminal, LaunchedProcess process, LauncherThread thread)
    {
        _terminal = terminal;
        _stream = new FdStream(terminal.Master);
        _process = process;
        _thread = thread;
        _reading = ReadAsync();
    }

    /// <summary>Everything printed so far.</summary>
    public string Printed
    {
        get
        {
            lock (_printed)
            {
                return _printed.ToString();
            }
        }
    }

    /// <summary>Starts a program at a new terminal.</summary>
    /// <param name="program">A path.</param>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="rows">Lines of the terminal.</param>
    /// <param name="columns">Characters per line.</param>
    public static async Task<TerminalProgram> StartAsync(string program, IEnumerable<string> arguments, ushort rows = 24, ushort columns = 80)
    {
        PseudoTerminal terminal = PseudoTerminal.Open();
        terminal.Resize(rows, columns);
        var thread = new LauncherThread("terminal");
        using Fd slave = terminal.OpenSlave();
        using ProcessProgram steps = new ProcessProgram()
            .SetSession()
            .Duplicate(slave, 0)
            .Duplicate(slave, 1)
            .Duplicate(slave, 2)
            .SetControllingTerminal(0)
            .ParentDeathSignal(Kill)
            .Execute(program, [program, .. arguments], [$"PATH={Environment.GetEnvironmentVariable("PATH")}", "TERM=xterm"]);
        LaunchedProcess process = await thread.RunAsync(() => ProcessLauncher.Start(steps, new LaunchOptions()));
        await process.Executed;
        return new TerminalProgram(terminal, process, thread);
    }

    /// <summary>Types.</summary>
    public async Task TypeAsync(string keys, CancellationToken cancellationToken) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(keys), cancellationToken);

    /// <summary>Changes the size of the window.</summary>
    public void Resize(ushort rows, ushort columns) => _terminal.Resize(rows, columns);

    /// <summary>Waits until something has been printed.</summary>
    /// <exception cref="TimeoutException">It was not; the message has what was.</exception>
    public async Task ExpectAsync(string text, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!Printed.Contains(text, StringComparison.Ordinal))
        {
            if (clock.Elapsed > Deadline)
            {
                throw new TimeoutException($"'{text}' was not printed; printed was:\n{Printed}");
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Waits for the program's end.</summary>
    /// <returns>Its exit code as a shell shows it.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        ExitStatus status = await _process.WaitAsync(cancellationToken).WaitAsync(Deadline, cancellationToken);
        await _reading.WaitAsync(Deadline, cancellationToken);
        return status.ShellCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.PidFd.TrySignal(Kill);
        await _process.WaitAsync(CancellationToken.None);
        await _stream.DisposeAsync();
        await _reading;
        _process.Dispose();
        _thread.Dispose();
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await _stream.ReadAsync(buffer) is var count and > 0)
            {
                lock (_printed)
                {
                    _printed.Append(Encoding.UTF8.GetString(buffer, 0, count));
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return; // The other side is closed.
        }
    }
}
