using System.Collections.Concurrent;
using Kata.Hypervisors;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Runtime.Containers;
using Kata.Runtime.Guests;
using Kata.Runtime.Health;
using Kata.Runtime.HostHooks;
using Kata.Runtime.Specs;
using Kata.Runtime.Storage;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.Sandboxes;

/// <summary>A VM and the containers in it, from the first file on the host to the last one removed. Members are safe for concurrent use.</summary>
/// <remarks>
/// <see cref="CreateAsync"/> returns while the VM still boots, so that root file systems are mounted meanwhile; <see cref="Ready"/> or the first
/// <see cref="CreateContainerAsync"/> tells whether it came up. The calling process needs a private mount namespace.
/// </remarks>
public sealed partial class Sandbox : IAsyncDisposable, ISandboxFate
{
    private static readonly TimeSpan DestroyTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FateTime = TimeSpan.FromSeconds(1);

    private readonly SandboxOptions _options;
    private readonly SandboxResources _resources;
    private readonly ConcurrentDictionary<string, Container> _containers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _names = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<SandboxExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly Task<ReadyGuest> _boot;
    private Task _watch = Task.CompletedTask;
    private Task _health = Task.CompletedTask;
    private Task _accounting = Task.CompletedTask;
    private IVirtualMachine? _vm;
    private Task? _stop;
    private volatile bool _keepsBack;

    private Sandbox(SandboxOptions options, SandboxResources resources)
    {
        _options = options;
        _resources = resources;
        _keepsBack = GuestCaches.MayKeepBack(options.Configuration.RequireQemu());
        _boot = Task.Run(BootAsync);
    }

    /// <summary>Names it.</summary>
    public string Id => _options.Id;

    /// <summary>Process id of the VMM; 0 before it started.</summary>
    public int VmmPid => _vm?.ProcessId ?? 0;

    /// <summary>Completes once, when the VM is gone for whatever reason. Never faults or cancels.</summary>
    public Task<SandboxExit> Exited => _exited.Task;

    /// <summary>Completes when the agent has set the sandbox up; faults when that failed, with the VMM's end and the console's tail in the message.</summary>
    public Task Ready => _boot;

    /// <summary>The containers, by id.</summary>
    public IReadOnlyDictionary<string, Container> Containers => _containers;

    /// <summary>Starts a VM for a new sandbox.</summary>
    /// <exception cref="KataException">AlreadyExists: the id is taken. Otherwise what cannot be set up on the host; nothing is left behind.</exception>
    public static async Task<Sandbox> CreateAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await RunHooksAsync(options.Hooks, vmm: 0, cancellationToken).ConfigureAwait(false);
            SandboxResources resources = await SandboxResources.CreateAsync(options).ConfigureAwait(false);
            return new Sandbox(options, resources);
        }
        catch
        {
            await EndHooksAsync(options.Hooks).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sets a container up in the guest; <see cref="Container.StartAsync"/> runs its program.</summary>
    /// <exception cref="KataException">AlreadyExists: the id is taken. Otherwise the host's or the agent's reason; nothing of the container is left behind.</exception>
    public async Task<Container> CreateContainerAsync(ContainerOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        Identifiers.Require(options.Id, "container id");
        if (!_names.TryAdd(options.Id, 0))
        {
            throw new KataException(ErrorCode.AlreadyExists, $"container {options.Id} exists already");
        }

        foreach (string field in SpecReport.WithoutEffect(options.Spec))
        {
            LogWithoutEffect(_options.Logger, options.Id, field);
        }

        var files = new ContainerFiles(_resources.Share, options.Id);
        try
        {
            string rootfs = files.AddRootfs(options.Rootfs);
            IReadOnlyList<Oci.Runtime.Mount> mounts = files.AddVolumes(options.Spec.Mounts);
            ReadyGuest guest = await _boot.WaitAsync(cancellationToken).ConfigureAwait(false);
            var container = new Container(guest.Agent, this, options, (target, token) => DeleteAsync(target, files, token));
            if (await ContainerSetup.RunAsync(guest.Agent, options, rootfs, mounts, _options.Configuration, cancellationToken).ConfigureAwait(false))
            {
                _keepsBack = true;
            }

            await RunHooksOrUndoAsync(container, guest, cancellationToken).ConfigureAwait(false);
            Add(container);
            return container;
        }
        catch
        {
            await EndHooksAsync(options.Hooks).ConfigureAwait(false);
            files.Dispose();
            _names.TryRemove(options.Id, out _);
            throw;
        }
    }

    /// <summary>Waits until a container of the sandbox hits its memory limit.</summary>
    /// <returns>The container's id; null when the agent cannot tell any more.</returns>
    public async Task<string?> WaitOutOfMemoryAsync(CancellationToken cancellationToken)
    {
        try
        {
            ReadyGuest guest = await _boot.WaitAsync(cancellationToken).ConfigureAwait(false);
            OOMEvent report = await GuestAgent.WaitAsync(
                options => guest.Agent.Client.GetOOMEventAsync(new GetOOMEventRequest(), options), cancellationToken).ConfigureAwait(false);
            return report.ContainerId;
        }
        catch (KataException)
        {
            return null;
        }
    }

    /// <summary>Stops the VM and removes every trace of the sandbox from the host. Safe to repeat; a second caller waits for the first.</summary>
    /// <param name="cancellationToken">Stops waiting, not stopping.</param>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stop ??= Task.Run(StopCoreAsync, CancellationToken.None);
        }

        return _stop.WaitAsync(cancellationToken);
    }

    /// <summary>Stops and removes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>Removes what a sandbox left whose process was killed.</summary>
    /// <param name="sandboxId">The sandbox.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <param name="runRoot">The directory of run-time state.</param>
    /// <exception cref="KataException">FailedPrecondition: the process that owns the sandbox lives, and did so after a few seconds of waiting; nothing was touched.</exception>
    public static Task CleanUpAsync(
        string sandboxId, ILogger logger, CancellationToken cancellationToken, TimeProvider? time = null, string runRoot = "/run") =>
        SandboxRemains.RemoveAsync(new SandboxPaths(sandboxId, runRoot), logger, time ?? TimeProvider.System, cancellationToken);

    async Task<int> ISandboxFate.StatusAfterLossAsync()
    {
        // The transport breaks a moment before the VMM's end is seen.
        await ((Task)Exited).WaitAsync(FateTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Exited.IsCompleted ? ProcessExit.Killed : ProcessExit.Unknown;
    }

    private async Task<ReadyGuest> BootAsync()
    {
        try
        {
            GuestRequest request = _resources.ToRequest(Prepared);
            RunningGuest guest = await _options.Factory.StartAsync(request, _stopping.Token).ConfigureAwait(false);
            _vm = guest.Vm;
            _watch = WatchAsync(guest.Vm);
            var ready = new ReadyGuest(guest, new GuestAgent(guest.Agent, ReadyGuest.CallTime));
            try
            {
                await ready.SetUpAsync(_options, _stopping.Token).ConfigureAwait(false);
            }
            catch
            {
                await ready.DisposeAsync().ConfigureAwait(false);
                throw;
            }

            _health = new AgentMonitor(guest.Agent.Health, _options.HealthInterval, TimeProvider.System)
                .RunAsync(reason => LoseAsync(guest.Vm, reason), _stopping.Token);
            Save("running");
            return ready;
        }
        catch (Exception error)
        {
            End(new SandboxExit(_stopping.IsCancellationRequested, error.Message, TimeProvider.System.GetUtcNow()));
            throw;
        }
    }

    private void Prepared(IVirtualMachine vm)
    {
        _vm = vm;
        Save("ready");
        _accounting = Task.Run(() => _resources.Account(vm));
    }

    private void Save(string state) => _resources.Store.Save(_resources.Describe(state, _vm));

    private static Task RunHooksAsync(ContainerHooks? hooks, int vmm, CancellationToken cancellationToken) => hooks?.CreatingAsync(vmm, cancellationToken) ?? Task.CompletedTask;

    private static Task EndHooksAsync(ContainerHooks? hooks) => hooks?.StoppedAsync() ?? Task.CompletedTask;

    private async Task RunHooksOrUndoAsync(Container container, ReadyGuest guest, CancellationToken cancellationToken)
    {
        try
        {
            await RunHooksAsync(container.Hooks, VmmPid, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await Teardown.RunAsync(
                _options.Logger, $"remove container {container.Id} from the guest", async () => await guest.RemoveAsync(container.Id, CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
            throw;
        }
    }

    private void Add(Container container)
    {
        _containers[container.Id] = container;
        container.Init.Watch();
        if (Exited.IsCompleted)
        {
            container.End(ProcessExit.Killed);
        }
    }

    private async Task DeleteAsync(Container container, ContainerFiles files, CancellationToken cancellationToken)
    {
        if (!Exited.IsCompleted && _stop is null)
        {
            ReadyGuest guest = await _boot.ConfigureAwait(false);
            await Teardown.RunAsync(
                _options.Logger, $"remove container {container.Id} from the guest", async () => await guest.RemoveAsync(container.Id, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }

        container.End(ProcessExit.Killed);
        files.Dispose();
        _containers.TryRemove(container.Id, out _);
        _names.TryRemove(container.Id, out _);
        await EndHooksAsync(container.Hooks).ConfigureAwait(false);
    }

    private async Task WatchAsync(IVirtualMachine vm)
    {
        VmExit exit = await vm.Exited.ConfigureAwait(false);
        bool expected = _stopping.IsCancellationRequested;
        if (!expected)
        {
            LogVmGone(_options.Logger, Id, vm.Explain(exit.Reason));
        }

        End(new SandboxExit(expected, exit.Reason, TimeProvider.System.GetUtcNow()));
    }

    private async Task LoseAsync(IVirtualMachine vm, string reason)
    {
        if (_options.Configuration.Runtime.KeepAbnormal)
        {
            LogKept(_options.Logger, Id, vm.Explain(reason));
            return;
        }

        LogVmGone(_options.Logger, Id, vm.Explain(reason));
        await vm.StopAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
    }

    private void End(SandboxExit exit)
    {
        _exited.TrySetResult(exit);
        foreach (Container container in _containers.Values)
        {
            container.End(ProcessExit.Killed);
        }
    }

    private async Task StopCoreAsync()
    {
        ILogger logger = _options.Logger;
        bool alive = !Exited.IsCompleted;
        await _stopping.CancelAsync().ConfigureAwait(false);
        ReadyGuest? guest = null;
        await ((Task)_boot).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_boot.IsCompletedSuccessfully)
        {
            guest = await _boot.ConfigureAwait(false);
        }

        if (guest is not null)
        {
            if (alive && MayKeepBack())
            {
                // Lets the guest write its dirty pages back; the VM dies in any case.
                await Teardown.RunAsync(logger, $"shut sandbox {Id} down in the guest", async () => await guest.DestroyAsync(DestroyTime).ConfigureAwait(false)).ConfigureAwait(false);
            }

            await Teardown.RunAsync(logger, $"stop the VM of sandbox {Id}", guest.DisposeAsync).ConfigureAwait(false);
        }

        await Task.WhenAll(_watch, _health, _accounting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        End(new SandboxExit(Expected: true, "stopped", TimeProvider.System.GetUtcNow()));
        await _resources.DisposeAsync().ConfigureAwait(false);
        foreach (Container container in _containers.Values)
        {
            await EndHooksAsync(container.Hooks).ConfigureAwait(false);
        }

        await EndHooksAsync(_options.Hooks).ConfigureAwait(false);
    }

    // Where all processes have ended, shutting down in good order is a tenth of a short container's life, and nobody would see the difference.
    private bool MayKeepBack() => _keepsBack || !_containers.Values.All(container => container.Init.Exit.IsCompleted);

    [LoggerMessage(EventId = 501, Level = LogLevel.Warning, Message = "container {Container}: no effect in a VM: {Field}")]
    private static partial void LogWithoutEffect(ILogger logger, string container, string field);

    [LoggerMessage(EventId = 500, Level = LogLevel.Error, Message = "sandbox {Sandbox} lost its VM: {Reason}")]
    private static partial void LogVmGone(ILogger logger, string sandbox, string reason);

    [LoggerMessage(EventId = 501, Level = LogLevel.Error, Message = "sandbox {Sandbox} is kept as runtime.keep_abnormal wants it: {Reason}")]
    private static partial void LogKept(ILogger logger, string sandbox, string reason);
}
