using Kata.Configuration;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Containers;
using Kata.Runtime.Guests;
using Kata.Runtime.HostHooks;
using Kata.Runtime.Sandboxes;
using Kata.Shim.Daemon;
using Kata.Shim.Stdio;
using Microsoft.Extensions.Logging;
using Proto = Kata.Protocols.Task;

namespace Kata.Shim.Tasks;

/// <summary>Makes tasks: the first one with its sandbox, further ones in it.</summary>
/// <param name="logger">The log.</param>
/// <param name="factory">How VMs come to be.</param>
/// <param name="runRoot">The directory of run-time state.</param>
internal sealed partial class TaskCreator(ILogger logger, IGuestFactory factory, string runRoot = "/run") : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Sandbox? _sandbox;

    /// <summary>Told about the configuration of the sandbox, before anything is made by it.</summary>
    public Action<KataConfiguration>? Configured { get; init; }

    /// <summary>The sandbox of this shim; null before the first task and after the last.</summary>
    public Sandbox? Sandbox => _sandbox;

    /// <summary>Makes a task. One that cannot be made leaves nothing behind.</summary>
    public async Task<ShimTask> CreateAsync(Proto.CreateTaskRequest request, CancellationToken cancellationToken)
    {
        if (request.Checkpoint.Length > 0)
        {
            throw KataException.Unsupported("restoring from a checkpoint is not supported");
        }

        Spec spec = OciJson.ReadSpecFile(Path.Combine(request.Bundle, "config.json"));
        PodMembership membership = PodMembership.Of(request.Id, spec.Annotations);
        ContainerHooks? hooks = ContainerHooks.Of(spec, request.Id, request.Bundle, logger);
        var paths = new StdioPaths(request.Stdin, request.Stdout, request.Stderr, request.Terminal);
        var stdio = new ProcessStdio(paths, logger);
        try
        {
            bool owner = membership.Role != PodRole.PodContainer;
            Sandbox sandbox = await SandboxForAsync(request, membership, spec, hooks, cancellationToken).ConfigureAwait(false);
            try
            {
                Container container = await sandbox.CreateContainerAsync(OptionsOf(request, spec) with { Hooks = hooks }, cancellationToken).ConfigureAwait(false);
                return new ShimTask(container, new ShimProcess(container.Init, paths, stdio), sandbox.VmmPid, owner);
            }
            catch when (owner)
            {
                await CloseSandboxAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch
        {
            await stdio.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops the sandbox and removes every trace of it. Safe to repeat.</summary>
    public async Task CloseSandboxAsync()
    {
        if (_sandbox is { } sandbox)
        {
            await sandbox.StopAsync(CancellationToken.None).ConfigureAwait(false);
            Interlocked.CompareExchange(ref _sandbox, null, sandbox);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseSandboxAsync().ConfigureAwait(false);
        _gate.Dispose();
    }

    private static ContainerOptions OptionsOf(Proto.CreateTaskRequest request, Spec spec) => new()
    {
        Id = request.Id,
        Spec = spec,
        Bundle = request.Bundle,
        Terminal = request.Terminal,
        Rootfs = request.Rootfs.Count > 0
            ? RootfsSource.FromMounts([.. request.Rootfs.Select(mount => new RootfsMount(mount.Type, mount.Source, [.. mount.Options], mount.Target))])
            : RootfsSource.FromDirectory(Path.Combine(request.Bundle, spec.Root?.Path is { Length: > 0 } path ? path : "rootfs")),
    };

    private async Task<Sandbox> SandboxForAsync(
        Proto.CreateTaskRequest request, PodMembership membership, Spec spec, ContainerHooks? hooks, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (membership.Role == PodRole.PodContainer)
            {
                return _sandbox is { } pod && pod.Id == membership.SandboxId
                    ? pod
                    : throw KataException.NotFound($"sandbox {membership.SandboxId} of container {request.Id} not found");
            }

            if (_sandbox is { } other)
            {
                throw new KataException(ErrorCode.FailedPrecondition, $"this shim serves sandbox {other.Id}; {request.Id} needs a shim of its own");
            }

            KataConfiguration configuration = ConfigurationChoice.Load(request.Options, spec.Annotations, warning => LogConfiguration(logger, warning));
            Configured?.Invoke(configuration);
            SandboxOptions options = SandboxPlan.Of(request.Id, membership.Role, spec, configuration, logger) with { Factory = factory, RunRoot = runRoot, Hooks = hooks };
            return _sandbox = await Sandbox.CreateAsync(options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    [LoggerMessage(EventId = 620, Level = LogLevel.Warning, Message = "configuration: {Warning}")]
    private static partial void LogConfiguration(ILogger logger, string warning);
}
