using Kata.Linux;
using Kata.Linux.Processes;
using Kata.Linux.Security;
using Kata.Linux.Sockets;
using Kata.Primitives;

namespace Kata.Hypervisors.Processes;

/// <summary>
/// A VMM or helper that runs: it dies with the thread that launched it, its output is kept, its end is seen at once. Safe for concurrent use.
/// </summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const int Kill9 = 9;
    private const int OutputCapacity = 8 * 1024;

    // Time for output that was written before the end to arrive. A descendant that keeps the other end open must not hold us up.
    private static readonly TimeSpan OutputGrace = TimeSpan.FromMilliseconds(250);
    private readonly LaunchedProcess _process;
    private readonly SocketCapture _output;

    private HostProcess(string name, LaunchedProcess process, SocketCapture output)
    {
        Name = name;
        _process = process;
        _output = output;
        Exited = WaitAsync();
    }

    /// <summary>What it is, for messages.</summary>
    public string Name { get; }

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Pid;

    /// <summary>The end of what it wrote to stdout and stderr.</summary>
    public ConsoleTail Output => _output.Tail;

    /// <summary>Completes when it is reaped and its output is complete.</summary>
    public Task<ExitStatus> Exited { get; }

    /// <summary>Starts a process.</summary>
    /// <param name="spec">What to start.</param>
    /// <param name="launcher">The thread whose end ends the process.</param>
    /// <exception cref="KataException">It could not be executed; the message names the path and the configuration key.</exception>
    public static async Task<HostProcess> StartAsync(HostProcessSpec spec, LauncherThread launcher)
    {
        (Fd ours, Fd theirs) = UnixSockets.Pair();
        LaunchedProcess? process = null;
        try
        {
            using (theirs)
            using (Fd nothing = Fd.Open("/dev/null", OpenFlags.ReadWrite))
            using (ProcessProgram program = Program(spec, nothing, theirs))
            {
                process = await launcher.RunAsync(() => ProcessLauncher.Start(program, new LaunchOptions { ShareMemory = true })).ConfigureAwait(false);
                await process.Executed.ConfigureAwait(false);
            }
        }
        catch (LaunchException error)
        {
            ours.Dispose();
            await ReapAsync(process).ConfigureAwait(false);
            throw new KataException(
                error.Code,
                $"{spec.Name} '{Printable.Escape(spec.Path, 512)}' cannot be started: {error.Message}; correct 'hypervisor.qemu.{spec.PathKey}' in the configuration",
                error);
        }
        catch
        {
            ours.Dispose();
            await ReapAsync(process).ConfigureAwait(false);
            throw;
        }

        return new HostProcess(spec.Name, process, new SocketCapture(ours, new ConsoleTail(OutputCapacity)));
    }

    /// <summary>Kills it, if it still runs.</summary>
    public void Kill()
    {
        try
        {
            _process.PidFd.TrySignal(Kill9);
        }
        catch (ObjectDisposedException) when (Exited.IsCompleted)
        {
            return; // somebody else saw it to its end meanwhile
        }
    }

    /// <summary>Kills it and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await Exited.ConfigureAwait(false);
        _process.Dispose();
    }

    private static ProcessProgram Program(HostProcessSpec spec, Fd nothing, Fd output)
    {
        var program = new ProcessProgram();
        foreach (Fd cgroup in spec.Cgroups)
        {
            program.JoinCgroup(cgroup);
        }

        if (spec.NetworkNamespace is { } network)
        {
            program.SetNamespace(network, CloneFlags.NewNet);
        }

        // A session of its own: Ctrl-C at the caller's terminal is for the container, not for its machine.
        program.SetSession().ChangeDirectory("/").Duplicate(nothing, 0).Duplicate(output, 1).Duplicate(output, 2);
        spec.Descriptors.AddTo(program);
        if (!spec.AllowCoreDump)
        {
            program.SetRlimit(ResourceLimit.Core, 0, 0);
        }

        if (spec.RunAs is { } user)
        {
            program.SetGroups([.. user.Groups]).SetGid(user.Gid).SetUid(user.Uid);
        }

        // After the credentials, since changing them clears it.
        program.ParentDeathSignal(Kill9);
        return program.Execute(spec.Path, [spec.Path, .. spec.Arguments], ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]);
    }

    private static async Task ReapAsync(LaunchedProcess? process)
    {
        if (process is not null)
        {
            process.PidFd.TrySignal(Kill9);
            await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            process.Dispose();
        }
    }

    private async Task<ExitStatus> WaitAsync()
    {
        ExitStatus status = await _process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        await _output.Completion.WaitAsync(OutputGrace).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _output.DisposeAsync().ConfigureAwait(false);
        return status;
    }
}
