using System.Globalization;
using Kata.Hypervisors;
using Kata.Linux;
using Kata.Linux.Hosts;
using Kata.Linux.Namespaces;
using Kata.Linux.Processes;
using Kata.Linux.Security;
using Kata.Linux.Sockets;
using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.Runtime.HostHooks;

/// <summary>Runs hook programs on the host: in the bundle's directory, and in the pod's network namespace where there is one. None outlives its run.</summary>
/// <param name="bundle">The working directory of the programs.</param>
/// <param name="networkNamespace">The pod's network namespace, as a path; null: the caller's.</param>
internal sealed class HookRunner(string bundle, string? networkNamespace)
{
    private const int KillSignal = 9;
    private const int OutputKept = 2048;

    // What a program wrote before its end is there already; a child of it that keeps the pipe open must not hold us up.
    private static readonly TimeSpan OutputGrace = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs one program to its end.</summary>
    /// <param name="hook">The program.</param>
    /// <param name="state">Makes what it reads from standard input, from the id of a thread that is in the program's network namespace as long as it runs.</param>
    /// <param name="limit">The time it may take, after which it is killed with its children; null: no limit.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <exception cref="KataException">It could not be started, failed, or took too long; the message has the end of what it printed.</exception>
    public async Task RunAsync(Hook hook, Func<int, byte[]> state, TimeSpan? limit, CancellationToken cancellationToken)
    {
        // The thread is the program's parent: if we are killed, so is the program.
        using var thread = new LauncherThread("hook");
        int threadId = await thread.RunAsync(EnterNetwork).ConfigureAwait(false);
        (Fd inputRead, Fd inputWrite) = Fd.Pipe();
        (Fd outputRead, Fd outputWrite) = Fd.Pipe();
        using (inputRead)
        using (outputWrite)
        await using (var input = new FdStream(inputWrite))
        await using (var output = new FdStream(outputRead))
        {
            using LaunchedProcess process = await LaunchAsync(thread, hook, inputRead, outputWrite).ConfigureAwait(false);
            inputRead.Dispose();
            outputWrite.Dispose();
            var tail = new ConsoleTail(OutputKept);
            using var streams = new CancellationTokenSource();
            Task fed = FeedAsync(input, state(threadId), streams.Token);
            Task collected = CollectAsync(output, tail, streams.Token);
            try
            {
                ExitStatus status = await WaitAsync(process, limit, cancellationToken).ConfigureAwait(false);
                await collected.WaitAsync(OutputGrace, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                RequireSuccess(status, tail);
            }
            finally
            {
                await streams.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(fed, collected).ConfigureAwait(false);
            }
        }
    }

    private int EnterNetwork()
    {
        if (networkNamespace is not null)
        {
            using NamespaceFd target = NamespaceFd.Open(networkNamespace, CloneFlags.NewNet);
            target.Enter();
        }

        // A link such as 12/task/34.
        string self = new FileInfo("/proc/thread-self").LinkTarget ?? throw new KataException(ErrorCode.Internal, "/proc/thread-self is no link");
        return int.Parse(self.AsSpan(self.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private async Task<LaunchedProcess> LaunchAsync(LauncherThread thread, Hook hook, Fd input, Fd output)
    {
        using ProcessProgram program = new ProcessProgram()
            .SetSession()
            .ChangeDirectory(bundle)
            .Duplicate(input, 0)
            .Duplicate(output, 1)
            .Duplicate(output, 2)
            .ParentDeathSignal(KillSignal)
            .SetRlimit(ResourceLimit.OpenFiles, OwnDescriptors.SoftLimitBefore, OwnDescriptors.HardLimit)
            .Execute(hook.Path, hook.Args.Count > 0 ? hook.Args : [hook.Path], hook.Env);
        LaunchedProcess process = await thread.RunAsync(() => ProcessLauncher.Start(program, new LaunchOptions { ShareMemory = true })).ConfigureAwait(false);
        try
        {
            await process.Executed.ConfigureAwait(false);
            return process;
        }
        catch (LaunchException)
        {
            await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            process.Dispose();
            throw;
        }
    }

    private static async Task<ExitStatus> WaitAsync(LaunchedProcess process, TimeSpan? limit, CancellationToken cancellationToken)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (limit is { } span)
        {
            time.CancelAfter(span);
        }

        try
        {
            return await process.WaitAsync(time.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ProcessGroup.TrySignal(process.Pid, KillSignal);
            await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw new KataException(ErrorCode.DeadlineExceeded, $"it did not end within {limit!.Value.TotalSeconds:0} s and was killed");
        }
    }

    private static void RequireSuccess(ExitStatus status, ConsoleTail tail)
    {
        if (status is { Exited: true, ExitCode: 0 })
        {
            return;
        }

        IReadOnlyList<string> lines = tail.Tail(lines: 5);
        string said = lines.Count == 0 ? "it printed nothing" : $"it printed: {string.Join(" | ", lines)}";
        throw new KataException(ErrorCode.FailedPrecondition, $"it ended with {status}; {said}");
    }

    private static async Task FeedAsync(FdStream input, byte[] state, CancellationToken cancellationToken)
    {
        try
        {
            await input.WriteAsync(state, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return; // It need not read its input, and may end before.
        }
        finally
        {
            await input.DisposeAsync().ConfigureAwait(false); // the end of the document
        }
    }

    private static async Task CollectAsync(FdStream output, ConsoleTail tail, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await output.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
            {
                tail.Append(buffer.AsSpan(0, count));
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return; // The tail has what there was.
        }
    }
}
