using System.Text;
using Kata.Agent.Processes;
using Kata.Linux;
using Kata.Linux.Processes;
using Kata.Linux.Sockets;
using Kata.Primitives;

namespace Kata.Agent.Guest;

/// <summary>Programs of the guest image that the agent runs for the host. They read what they are given, and what they write is bounded.</summary>
internal sealed class GuestTool(ChildReaper reaper)
{
    private const int SigKill = 9;
    private const int MaxErrors = 4096;
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(1);
    private static readonly string[] Directories = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
    private static readonly string[] ToolEnvironment = ["PATH=/usr/sbin:/sbin:/usr/bin:/bin", "LC_ALL=C"];

    /// <summary>The path of a program; null if the guest has none of that name.</summary>
    public static string? Find(string name) => Directories.Select(directory => $"{directory}/{name}").FirstOrDefault(File.Exists);

    /// <summary>The path of a program.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="purpose">What it is needed for, for the message.</param>
    /// <exception cref="KataException">Unsupported: the guest has none of that name.</exception>
    public static string Require(string name, string purpose) =>
        Find(name) ?? throw KataException.Unsupported($"{purpose}: the guest image has no {name} in {string.Join(", ", Directories)}");

    /// <summary>Runs a program to its end.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="arguments">Its arguments, without its name.</param>
    /// <param name="input">What it reads on standard input.</param>
    /// <param name="limits">How long it may take and how much it may write.</param>
    /// <param name="cancellationToken">Gives up and kills it.</param>
    /// <returns>How it ended, what it wrote, and the last that it wrote to standard error, as printable text.</returns>
    /// <exception cref="KataException">DeadlineExceeded: it took too long. ResourceExhausted: it wrote too much. Either way it was killed.</exception>
    public async Task<(ExitStatus Status, byte[] Output, string Errors)> RunAsync(
        string path, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, ToolLimits limits, CancellationToken cancellationToken)
    {
        using Fd source = MemoryFile.Containing("input", input.Span);
        (Fd outputRead, Fd outputWrite) = Fd.Pipe();
        await using var output = new FdStream(outputRead);
        (Fd errorRead, Fd errorWrite) = Fd.Pipe();
        await using var errors = new FdStream(errorRead);
        (LaunchedProcess process, Task<ExitStatus> exit) = Launch(path, arguments, source, outputWrite, errorWrite);
        using (process)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(limits.Deadline);
            Task<byte[]> reading = ReadAsync(output, limits.MaxOutput, deadline.Token);
            Task<byte[]> readingErrors = ReadTailAsync(errors, deadline.Token);
            try
            {
                Task first = await Task.WhenAny(exit, reading).WaitAsync(deadline.Token).ConfigureAwait(false);
                await first.ConfigureAwait(false); // it may have written too much
                await exit.WaitAsync(deadline.Token).ConfigureAwait(false);
                deadline.CancelAfter(Drain); // what it left running may hold the pipes for as long as it likes
                byte[] written = await reading.ConfigureAwait(false);
                string said = Printable.Clean(Encoding.UTF8.GetString(await readingErrors.ConfigureAwait(false)).Trim(), MaxErrors);
                await process.Executed.ConfigureAwait(false);
                return (await exit.ConfigureAwait(false), written, said);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new KataException(ErrorCode.DeadlineExceeded, $"{path} did not end within {limits.Deadline.TotalSeconds} s, or left something running that holds its output");
            }
            finally
            {
                process.PidFd.TrySignal(SigKill);
                await exit.ConfigureAwait(false);
                await deadline.CancelAsync().ConfigureAwait(false);
                await ((Task)Task.WhenAll(reading, readingErrors)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private (LaunchedProcess Process, Task<ExitStatus> Exit) Launch(string path, IReadOnlyList<string> arguments, Fd input, Fd output, Fd errors)
    {
        using (output)
        using (errors)
        {
            using var program = new ProcessProgram();
            program.LimitDescriptors().SetSession().Duplicate(input, 0).Duplicate(output, 1).Duplicate(errors, 2).Execute(path, [path, .. arguments], ToolEnvironment);
            return reaper.Launch(program, new LaunchOptions());
        }
    }

    private static async Task<byte[]> ReadAsync(FdStream stream, int maxOutput, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
        {
            if (all.Length + count > maxOutput)
            {
                throw new KataException(ErrorCode.ResourceExhausted, $"a program of the guest wrote more than {maxOutput} bytes and was killed");
            }

            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    private static async Task<byte[]> ReadTailAsync(FdStream stream, CancellationToken cancellationToken)
    {
        byte[] kept = [];
        byte[] buffer = new byte[MaxErrors];
        while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
        {
            byte[] both = [.. kept, .. buffer.AsSpan(0, count)];
            kept = both[Math.Max(0, both.Length - MaxErrors)..];
        }

        return kept;
    }
}
