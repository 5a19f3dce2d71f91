using System.Collections.Concurrent;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Runtime.Guests;
using Kata.Runtime.HostHooks;
using Kata.Runtime.Specs;

namespace Kata.Runtime.Containers;

/// <summary>A container in a sandbox's guest. Members are safe for concurrent use.</summary>
public sealed class Container
{
    private readonly GuestAgent _agent;
    private readonly ISandboxFate _fate;
    private readonly Func<Container, CancellationToken, Task> _delete;
    private readonly ConcurrentDictionary<string, GuestProcess> _execs = new(StringComparer.Ordinal);
    private volatile bool _started;
    private volatile bool _paused;

    internal Container(GuestAgent agent, ISandboxFate fate, ContainerOptions options, Func<Container, CancellationToken, Task> delete)
    {
        _agent = agent;
        _fate = fate;
        _delete = delete;
        Id = options.Id;
        Bundle = options.Bundle;
        Hooks = options.Hooks;
        Init = new GuestProcess(agent, fate, options.Id, options.Id, options.Terminal, StartInGuestAsync);
    }

    /// <summary>Names it in its sandbox.</summary>
    public string Id { get; }

    /// <summary>Its bundle directory.</summary>
    public string Bundle { get; }

    /// <summary>Its hooks on the host; null: none.</summary>
    internal ContainerHooks? Hooks { get; }

    /// <summary>Its first process.</summary>
    public GuestProcess Init { get; }

    /// <summary>Where it is in its life.</summary>
    public ContainerState State =>
        Init.Exit.IsCompleted ? ContainerState.Stopped
        : _paused ? ContainerState.Paused
        : _started ? ContainerState.Running
        : ContainerState.Created;

    /// <summary>Runs the container's program.</summary>
    /// <inheritdoc cref="GuestProcess.StartAsync"/>
    public Task StartAsync(CancellationToken cancellationToken) => Init.StartAsync(cancellationToken);

    /// <summary>Adds a process, which its <see cref="GuestProcess.StartAsync"/> then runs.</summary>
    /// <param name="execId">Names it in this container.</param>
    /// <param name="process">The process.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">AlreadyExists: the name is taken. FailedPrecondition: the container has stopped.</exception>
    public Task<GuestProcess> ExecAsync(string execId, Process process, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(process);
        cancellationToken.ThrowIfCancellationRequested();
        Identifiers.Require(execId, "exec id");
        if (State == ContainerState.Stopped)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"cannot exec in container {Id}: it has stopped");
        }

        var request = new ExecProcessRequest { ContainerId = Id, ExecId = execId, Process = ProcessBuilder.Build(process) };
        var added = new GuestProcess(_agent, _fate, Id, execId, process.Terminal, token => ExecInGuestAsync(request, SpecReport.NeedsOurAgent(process), token));
        if (execId == Id || !_execs.TryAdd(execId, added))
        {
            throw new KataException(ErrorCode.AlreadyExists, $"container {Id} has a process {execId} already");
        }

        return Task.FromResult(added);
    }

    /// <summary>Forgets an added process that has ended or was never started.</summary>
    public void Forget(GuestProcess process)
    {
        ArgumentNullException.ThrowIfNull(process);
        _execs.TryRemove(process.ExecId, out _);
    }

    /// <summary>Signals the first process.</summary>
    /// <param name="signal">1 to 64.</param>
    /// <param name="all">Every process of the container instead.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">NotFound: the container has stopped.</exception>
    public Task KillAsync(int signal, bool all, CancellationToken cancellationToken) => Init.SignalAsync(signal, all, cancellationToken);

    /// <summary>Freezes all processes.</summary>
    /// <exception cref="KataException">FailedPrecondition: it is not running.</exception>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        RequireState(ContainerState.Running, "pause");
        await _agent.CallAsync(options => _agent.Client.PauseContainerAsync(new PauseContainerRequest { ContainerId = Id }, options), cancellationToken).ConfigureAwait(false);
        _paused = true;
    }

    /// <summary>Thaws all processes.</summary>
    /// <exception cref="KataException">FailedPrecondition: it is not paused.</exception>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        RequireState(ContainerState.Paused, "resume");
        await _agent.CallAsync(options => _agent.Client.ResumeContainerAsync(new ResumeContainerRequest { ContainerId = Id }, options), cancellationToken).ConfigureAwait(false);
        _paused = false;
    }

    /// <summary>Changes limits inside the guest. The VM keeps its size.</summary>
    /// <exception cref="KataException">Unsupported: the agent does not know a limit.</exception>
    public async Task UpdateAsync(LinuxResources resources, CancellationToken cancellationToken)
    {
        var request = new UpdateContainerRequest { ContainerId = Id, Resources = ResourcesBuilder.Build(resources) };
        await _agent.RequireFieldsAsync(SpecReport.NeedsOurAgent(resources), cancellationToken).ConfigureAwait(false);
        await _agent.CallAsync(options => _agent.Client.UpdateContainerAsync(request, options), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the container uses, as its guest counts.</summary>
    public Task<StatsContainerResponse> StatsAsync(CancellationToken cancellationToken) =>
        _agent.CallAsync(options => _agent.Client.StatsContainerAsync(new StatsContainerRequest { ContainerId = Id }, options), cancellationToken);

    /// <summary>Removes it from guest and host; a program that still runs is killed.</summary>
    public Task DeleteAsync(CancellationToken cancellationToken) => _delete(this, cancellationToken);

    /// <summary>The VM or the container is gone, and with it every process.</summary>
    internal void End(int status)
    {
        Init.End(status);
        foreach (GuestProcess process in _execs.Values)
        {
            process.End(status);
        }
    }

    private void RequireState(ContainerState wanted, string action)
    {
        ContainerState state = State;
        if (state != wanted)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"cannot {action} container {Id}: it is {state.ToString().ToLowerInvariant()}");
        }
    }

    private async Task StartInGuestAsync(CancellationToken cancellationToken)
    {
        await _agent.CallAsync(options => _agent.Client.StartContainerAsync(new StartContainerRequest { ContainerId = Id }, options), cancellationToken).ConfigureAwait(false);
        _started = true;
        if (Hooks is not null)
        {
            await Hooks.StartedAsync(_fate.VmmPid, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ExecInGuestAsync(ExecProcessRequest request, IReadOnlyList<string> fields, CancellationToken cancellationToken)
    {
        if (State is not ContainerState.Running)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"cannot exec in container {Id}: it is {State.ToString().ToLowerInvariant()}");
        }

        await _agent.RequireFieldsAsync(fields, cancellationToken).ConfigureAwait(false);
        await _agent.CallAsync(options => _agent.Client.ExecProcessAsync(request, options), cancellationToken).ConfigureAwait(false);
    }
}
