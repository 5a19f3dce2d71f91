using Kata.Agent.Hooks;
using Kata.Agent.Processes;
using Kata.Agent.Serving;
using Kata.Linux.Cgroups;
using Kata.Linux.Namespaces;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Containers;

/// <summary>One container, from created to gone. Safe for concurrent use; changes of state happen one after the other.</summary>
internal sealed class Container
{
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int SigCont = 18;

    private static readonly TimeSpan FreezeTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KillTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DyingTime = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ContainerParts _parts;
    private readonly ProcessStarter _starter;
    private readonly ILogger _logger;
    private readonly ProcessTable _added = new();
    private volatile ContainerStatus _status = ContainerStatus.Created;
    private IDisposable? _memory;
    private bool _removed;

    /// <summary>Takes over the parts of a container whose first process stands at its gate.</summary>
    public Container(ContainerParts parts, ProcessStarter starter, ILogger logger)
    {
        _parts = parts;
        _starter = starter;
        _logger = logger;
        if (parts.SharesPids)
        {
            _ = EndOthersAsync();
        }
    }

    /// <summary>Its id.</summary>
    public string Id => _parts.Id;

    /// <summary>Its name in the pod's description; its id if it has none.</summary>
    public string Name => _parts.Facts.Name;

    /// <summary>Its root, for looking things up.</summary>
    public ConfinedDirectory Root => _parts.Root;

    /// <summary>Its mount namespace.</summary>
    public NamespaceFd Mounts => _parts.Namespaces.Mounts ?? throw new InvalidOperationException("the container has no mount namespace yet");

    /// <summary>What is kept of its specification.</summary>
    public ContainerFacts Facts => _parts.Facts;

    /// <summary>Its first process.</summary>
    public GuestProcess Init => _parts.Init;

    /// <summary>Its cgroup.</summary>
    public ICgroup Cgroup => _parts.Cgroup.Group;

    /// <summary>Where it is in its life.</summary>
    public ContainerStatus Status => Init.Exited.IsCompleted ? ContainerStatus.Stopped : _status;

    /// <summary>A process by the host's name: the first for an empty name or the container's own, else one that was added.</summary>
    /// <exception cref="KataException">NotFound: no such process.</exception>
    public GuestProcess RequireProcess(string execId) => IsInit(execId)
        ? Init
        : _added.Find(execId) ?? throw KataException.NotFound($"process {Printable.Escape(execId, 128)} does not exist in container {Id}");

    /// <summary>Lets the first process execute its program.</summary>
    /// <exception cref="KataException">FailedPrecondition: it was started before. NotFound, PermissionDenied: the program cannot be executed.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => ChangeAsync(
        async () =>
        {
            Require(Status == ContainerStatus.Created, "start");
            try
            {
                if (_parts.Hooks is { } hooks)
                {
                    await hooks.RunAsFirstProcessAsync(_parts.Plan!, _parts.Namespaces, _parts.Cgroup, cancellationToken).ConfigureAwait(false);
                }

                Init.Signal(SigCont); // it is our code until it executes: a host that has stopped it meanwhile must not make us wait for ever
                _parts.Gate.Open();
                await AwaitExecutionAsync(Init, _parts.Facts.Program, cancellationToken).ConfigureAwait(false);
                _status = ContainerStatus.Running;
                if (_parts.Hooks is { } after)
                {
                    await after.RunAsync(HookStage.Poststart, Init.Pid, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (KataException) when (_parts.Hooks is not null)
            {
                Init.Signal(SigKill); // a hook that fails stops the container
                throw;
            }
        },
        cancellationToken);

    /// <summary>Adds a process. Returns when its program runs.</summary>
    /// <exception cref="KataException">AlreadyExists: the name is taken. FailedPrecondition: the container does not run. Others as for the first process.</exception>
    public async Task ExecAsync(ExecProcessRequest request, int pipeSize, StreamPorts ports, CancellationToken cancellationToken)
    {
        Identifiers.Require(request.ExecId, "exec id");
        SpecValidator.ValidateProcess(request.Process ?? throw KataException.Invalid("the request has no process"));
        using StreamConnections connections =
            await ports.TakeAsync(request.StdinPort, request.StdoutPort, request.StderrPort, request.Process.Terminal, cancellationToken).ConfigureAwait(false);
        if (IsInit(request.ExecId))
        {
            throw new KataException(ErrorCode.AlreadyExists, $"process {request.ExecId} already exists: it is the container's first one");
        }

        _added.Reserve(request.ExecId);
        GuestProcess? process = null;
        try
        {
            await ChangeAsync(
                async () =>
                {
                    Require(Status is ContainerStatus.Running or ContainerStatus.Created, "exec in");
                    process = await LaunchAsync(request, pipeSize, cancellationToken).ConfigureAwait(false);
                    process.Streams.Carry(connections, OutputEnded);
                },
                cancellationToken).ConfigureAwait(false);
            await AwaitExecutionAsync(process!, request.Process.Args[0], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Discard(process);
            _added.Settle(request.ExecId, null);
            throw;
        }

        if (!_added.Settle(request.ExecId, process))
        {
            Discard(process);
            throw new KataException(ErrorCode.FailedPrecondition, $"cannot exec in container {Id}: it was removed meanwhile");
        }
    }

    /// <summary>Sends a signal to one process, or, with SIGKILL and no name, to all of the container.</summary>
    /// <exception cref="KataException">InvalidArgument: no such signal. NotFound: no such process, or it is gone.</exception>
    public async Task SignalAsync(string execId, uint signal, CancellationToken cancellationToken)
    {
        if (signal is < 1 or > 64)
        {
            throw KataException.Invalid($"signal {signal} does not exist: use 1 to 64");
        }

        GuestProcess process = RequireProcess(execId);
        if (execId.Length == 0 && signal == SigKill)
        {
            await KillAllAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        int number = (int)signal;
        if (number == SigTerm && ReferenceEquals(process, Init) && ProcessStatusFile.TryReadSignals(process.Pid) is { } mask && mask.IsLostOnInit(SigTerm))
        {
            number = SigKill; // the kernel would drop it, and the host would wait in vain
        }

        if (!process.Signal(number))
        {
            throw KataException.NotFound($"process {Printable.Escape(execId, 128)} of container {Id} already finished (ESRCH: No such process)"); // upstream's host looks for these words
        }
    }

    /// <summary>Waits for the end of a process.</summary>
    /// <returns>Its exit code as a shell knows it.</returns>
    public async Task<int> WaitAsync(string execId, CancellationToken cancellationToken)
    {
        GuestProcess process = RequireProcess(execId);
        int code = await process.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!ReferenceEquals(process, Init))
        {
            _added.Reported(process);
        }

        return code;
    }

    /// <summary>Begins to tell about processes killed for lack of memory. Does nothing for a container that was removed meanwhile.</summary>
    public Task WatchMemoryAsync(Action report, CancellationToken cancellationToken) => ChangeAsync(
        () =>
        {
            _memory ??= _removed ? null : TryWatch(report);
            return Task.CompletedTask;
        },
        cancellationToken);

    private IDisposable? TryWatch(Action report)
    {
        try
        {
            return Cgroup.WatchOom(report);
        }
        catch (KataException error) when (error.Code == ErrorCode.Unsupported)
        {
            return null; // no memory controller: nothing is ever killed by its group
        }
    }

    /// <summary>Output of a process was fetched to its end.</summary>
    public void OutputEnded() => _added.OutputEnded();

    /// <summary>Stops all processes where they are.</summary>
    /// <exception cref="KataException">FailedPrecondition: it does not run.</exception>
    public Task PauseAsync(CancellationToken cancellationToken) => ChangeAsync(
        async () =>
        {
            Require(Status == ContainerStatus.Running, "pause");
            await Cgroup.FreezeAsync(FreezeTime, cancellationToken).ConfigureAwait(false);
            _status = ContainerStatus.Paused;
        },
        cancellationToken);

    /// <summary>Lets all processes run on.</summary>
    /// <exception cref="KataException">FailedPrecondition: it is not paused.</exception>
    public Task ResumeAsync(CancellationToken cancellationToken) => ChangeAsync(
        async () =>
        {
            Require(Status == ContainerStatus.Paused, "resume");
            await Cgroup.ThawAsync(FreezeTime, cancellationToken).ConfigureAwait(false);
            _status = ContainerStatus.Running;
        },
        cancellationToken);

    /// <summary>Changes limits.</summary>
    public Task UpdateAsync(LinuxResources resources, CancellationToken cancellationToken) => ChangeAsync(
        () =>
        {
            Require(Status != ContainerStatus.Stopped, "update");
            _parts.Cgroup.Update(resources);
            return Task.CompletedTask;
        },
        cancellationToken);

    /// <summary>Kills what is left, and undoes everything that creating it did. Steps that fail are logged and do not stop the others.</summary>
    /// <returns>False when it was removed before.</returns>
    public async Task<bool> RemoveAsync(CancellationToken cancellationToken)
    {
        Init.Signal(SigKill); // at once: whoever holds the gate may be waiting for this very process
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_removed)
            {
                return false;
            }

            await Cgroup.KillAllAsync(KillTime, cancellationToken).ConfigureAwait(false);
            await Init.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            _removed = true;
            foreach (GuestProcess process in _added.Close())
            {
                Teardown.Run(_logger, $"close process {process.ExecId}", process.Dispose);
            }

            await _parts.DisposeAsync().ConfigureAwait(false);
            _memory?.Dispose();
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private static async Task AwaitExecutionAsync(GuestProcess process, string program, CancellationToken cancellationToken)
    {
        try
        {
            await process.Executed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (LaunchException error)
        {
            throw ProcessStarter.Explain(error, program);
        }
    }

    /// <summary>Not beside a change of state: killing thaws, and a pause that is under way would never see the end of its freezing.</summary>
    private Task KillAllAsync(CancellationToken cancellationToken)
    {
        Init.Signal(SigKill); // at once: whoever holds the gate may be waiting for this very process
        return ChangeAsync(() => _removed ? Task.CompletedTask : Cgroup.KillAllAsync(KillTime, cancellationToken), cancellationToken);
    }

    // In a pid namespace of its own the kernel does this.
    private async Task EndOthersAsync()
    {
        await Init.Exited.ConfigureAwait(false);
        await Teardown.RunAsync(
            _logger,
            $"kill what the first process of container {Id} left",
            async () => await Cgroup.KillAllAsync(KillTime, CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task<GuestProcess> LaunchAsync(ExecProcessRequest request, int pipeSize, CancellationToken cancellationToken)
    {
        try
        {
            return AddedProcess.Launch(request, _parts, _starter, pipeSize);
        }
        catch (Linux.LinuxException error) when (error.Errno == Linux.Errno.ENOMEM)
        {
            // Also what the kernel says when the first process of the pid namespace is dying; in that case we learn of its end at once.
            await Task.WhenAny(Init.Exited, Task.Delay(DyingTime, cancellationToken)).ConfigureAwait(false);
            Require(Status is ContainerStatus.Running or ContainerStatus.Created, "exec in");
            throw;
        }
    }

    private static void Discard(GuestProcess? process)
    {
        process?.Signal(SigKill);
        process?.Dispose();
    }

    private bool IsInit(string execId) => execId.Length == 0 || execId == Id || execId == Init.ExecId;

    private void Require(bool condition, string action)
    {
        if (_removed || !condition)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"cannot {action} container {Id}: it is {(_removed ? "removed" : Status.ToString().ToLowerInvariant())}");
        }
    }

    private async Task ChangeAsync(Func<Task> change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await change().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }
}
