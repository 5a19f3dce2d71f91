using System.Text;
using Kata.Agent.Processes;
using Kata.Linux;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Agent.Hooks;

/// <summary>One run of a hook, from its start to its end or its deadline.</summary>
internal sealed class HookProcess
{
    private const int MaxOutput = 4096;

    private readonly LaunchedProcess _process;
    private readonly Task<ExitStatus> _exit;
    private readonly OutputStream _output;

    private HookProcess(LaunchedProcess process, Task<ExitStatus> exit, OutputStream output)
    {
        _process = process;
        _exit = exit;
        _output = output;
    }

    /// <summary>Starts it.</summary>
    /// <param name="state">What it reads on standard input.</param>
    /// <param name="build">Makes its program; it gets the three standard streams, which are closed when it is back.</param>
    /// <param name="launch">Starts the program.</param>
    /// <param name="time">The clock of its output.</param>
    public static HookProcess Start(
        byte[] state,
        Func<IReadOnlyList<Fd>, ProcessProgram> build,
        Func<ProcessProgram, (LaunchedProcess Process, Task<ExitStatus> Exit)> launch,
        TimeProvider time)
    {
        using Fd input = MemoryFile.Containing("state", state);
        (Fd read, Fd write) = Fd.Pipe();
        using (write)
        {
            try
            {
                using ProcessProgram program = build([input, write, write]);
                (LaunchedProcess process, Task<ExitStatus> exit) = launch(program);
                return new HookProcess(process, exit, new OutputStream(read, time));
            }
            catch
            {
                read.Dispose();
                throw;
            }
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="name">The hook, for messages.</param>
    /// <param name="deadline">Time allowed.</param>
    /// <param name="killAll">Kills it and all it started, and returns when they are gone.</param>
    /// <param name="cancellationToken">Gives up, which kills it as well.</param>
    /// <exception cref="KataException">It failed: why, and the last that it wrote. DeadlineExceeded: it took too long and was killed.</exception>
    public async Task WaitAsync(string name, TimeSpan deadline, Func<Task> killAll, CancellationToken cancellationToken)
    {
        Task<string> reading = ReadAsync();
        try
        {
            ExitStatus status = await _exit.WaitAsync(deadline, cancellationToken).ConfigureAwait(false);
            _output.ProcessExited(); // what it left running may hold the stream for as long as it likes
            string output = await reading.ConfigureAwait(false);
            await RequireExecutedAsync(name).ConfigureAwait(false);
            if (status.ShellCode != 0)
            {
                throw new KataException(ErrorCode.Internal, $"{name} failed with {status.ShellCode}{(output.Length > 0 ? $": {output}" : string.Empty)}");
            }
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            await killAll().ConfigureAwait(false);
            await _exit.ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw new KataException(ErrorCode.DeadlineExceeded, $"{name} did not end within {deadline.TotalSeconds} s and was killed");
        }
        finally
        {
            _output.Dispose();
            await reading.ConfigureAwait(false);
            _process.Dispose();
        }
    }

    private async Task RequireExecutedAsync(string name)
    {
        try
        {
            await _process.Executed.ConfigureAwait(false);
        }
        catch (LaunchException error)
        {
            throw new KataException(ErrorCode.Internal, $"{name}: {error.Message}", error);
        }
    }

    /// <summary>Reads to the end and keeps the last part.</summary>
    private async Task<string> ReadAsync()
    {
        byte[] kept = [];
        while (true)
        {
            using OutputPiece piece = await _output.ReadAsync(MaxOutput, CancellationToken.None).ConfigureAwait(false);
            if (piece.Bytes.IsEmpty)
            {
                return Printable.Escape(Encoding.UTF8.GetString(kept).Trim(), MaxOutput);
            }

            byte[] all = [.. kept, .. piece.Bytes.Span];
            kept = all[Math.Max(0, all.Length - MaxOutput)..];
        }
    }
}
