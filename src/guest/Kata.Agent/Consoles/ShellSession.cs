using Kata.Agent.Processes;
using Kata.Linux;
using Kata.Linux.Processes;
using Kata.Linux.Sockets;
using Kata.Linux.Terminals;

namespace Kata.Agent.Consoles;

/// <summary>One shell on a terminal of its own, for one connection.</summary>
internal static class ShellSession
{
    private const int SigKill = 9;
    private const int BufferSize = 4096;
    private static readonly TimeSpan Drain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly string[] ShellEnvironment = ["PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/", "TERM=linux"];

    /// <summary>Runs it until the shell ends or the host leaves.</summary>
    /// <param name="reaper">Starts and reaps it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="shell">Its path.</param>
    /// <param name="connection">The host's end; stays open.</param>
    /// <param name="begun">What the host sent already.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LinuxException">There is no terminal to be had, or no process.</exception>
    public static async Task RunAsync(
        ChildReaper reaper, TimeProvider time, string shell, FdStream connection, byte[] begun, CancellationToken cancellationToken)
    {
        (FdStream master, LaunchedProcess process, Task<ExitStatus> exit) = Start(reaper, shell);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task typed = Task.CompletedTask;
        Task printed = Task.CompletedTask;
        using (process)
        {
            try
            {
                await master.WriteAsync(begun, stop.Token).ConfigureAwait(false);
                typed = CopyAsync(connection, master, stop.Token);
                printed = CopyAsync(master, connection, stop.Token);
                await Task.WhenAny(exit, typed, printed).ConfigureAwait(false);
                if (exit.IsCompleted)
                {
                    // What it left running may hold the terminal for as long as it likes.
                    await Task.WhenAny(printed, Task.Delay(Drain, time, stop.Token)).ConfigureAwait(false);
                }
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(typed, printed).ConfigureAwait(false);
                await master.DisposeAsync().ConfigureAwait(false); // the terminal hangs up, which ends most shells
                await EndAsync(process, exit, time).ConfigureAwait(false);
            }
        }

        // A virtio-serial port cannot be hung up, so whoever is at its other end reads it.
        await connection.WriteAsync("\r\n[the shell ended]\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A shell on a terminal.</summary>
    /// <param name="shell">Its path.</param>
    /// <param name="terminal">The terminal.</param>
    /// <param name="controlling">Whether it becomes the controlling one, for job control and keys such as Ctrl-C.</param>
    public static ProcessProgram Program(string shell, Fd terminal, bool controlling)
    {
        var program = new ProcessProgram();
        program.LimitDescriptors().SetSession();
        for (int number = 0; number < 3; number++)
        {
            program.Duplicate(terminal, number);
        }

        if (controlling)
        {
            program.SetControllingTerminal(0);
        }

        return program.Execute(shell, [shell, "-i"], ShellEnvironment);
    }

    private static (FdStream Master, LaunchedProcess Process, Task<ExitStatus> Exit) Start(ChildReaper reaper, string shell)
    {
        PseudoTerminal terminal = PseudoTerminal.Open();
        try
        {
            using Fd slave = terminal.OpenSlave();
            using ProcessProgram program = Program(shell, slave, controlling: true);
            var master = new FdStream(terminal.Master);
            (LaunchedProcess process, Task<ExitStatus> exit) = reaper.Launch(program, new LaunchOptions());
            return (master, process, exit);
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
    }

    private static async Task EndAsync(LaunchedProcess process, Task<ExitStatus> exit, TimeProvider time)
    {
        await Task.WhenAny(exit, Task.Delay(Grace, time)).ConfigureAwait(false);
        if (!exit.IsCompleted)
        {
            process.PidFd.TrySignal(SigKill);
        }

        await exit.ConfigureAwait(false);
    }

    /// <summary>Copies until the end, an error or a cancellation; all three just end it.</summary>
    private static async Task CopyAsync(FdStream from, FdStream to, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferSize];
        try
        {
            while (await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return;
        }
    }
}
