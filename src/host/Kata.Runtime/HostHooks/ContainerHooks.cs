using Kata.Oci.Runtime;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.HostHooks;

/// <summary>
/// The hooks of one container that run on the host: <c>prestart</c>, <c>createRuntime</c>, <c>poststart</c>, <c>poststop</c>. The other two,
/// <c>createContainer</c> and <c>startContainer</c>, belong to the container's own namespaces and go to the agent. Members are safe for concurrent use.
/// </summary>
public sealed partial class ContainerHooks
{
    private const string MarkerName = "kata-hooks"; // in the bundle
    private const int LongestTimeout = 24 * 60 * 60; // seconds; what timers can take has an end

    // A hook after the fact can fail nothing, so it must not hold anything up either when it names no limit of its own.
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(60);

    private readonly Hooks _hooks;
    private readonly State _state;
    private readonly HookRunner _runner;
    private readonly string _marker;
    private readonly ILogger _logger;
    private int _begun;
    private int _ended;

    private ContainerHooks(Spec spec, Hooks hooks, string containerId, string bundle, ILogger logger)
    {
        _hooks = hooks;
        _logger = logger;
        _marker = Path.Combine(bundle, MarkerName);
        _state = new State { OciVersion = spec.OciVersion, Id = containerId, Bundle = bundle, Annotations = spec.Annotations };
        _runner = new HookRunner(bundle, spec.Linux?.Namespaces.FirstOrDefault(ns => ns.Type == "network")?.Path is { Length: > 0 } path ? path : null);
    }

    /// <summary>The hooks of a spec; null when none of them runs on the host.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="containerId">The container.</param>
    /// <param name="bundle">Its bundle directory, an absolute path.</param>
    /// <param name="logger">Gets the failures that must not stop anything.</param>
    /// <exception cref="KataException">InvalidArgument: a path is not absolute, or a timeout not greater than 0.</exception>
    public static ContainerHooks? Of(Spec spec, string containerId, string bundle, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Hooks is not { } hooks)
        {
            return null;
        }

        Hook[] all = [.. hooks.Prestart, .. hooks.CreateRuntime, .. hooks.Poststart, .. hooks.Poststop];
        foreach (Hook hook in all)
        {
            if (!hook.Path.StartsWith('/') || hook.Timeout is <= 0)
            {
                throw KataException.Invalid(
                    $"hook '{Printable.Escape(hook.Path, 512)}' of container {containerId}: the path must be absolute, and the timeout greater than 0 where there is one");
            }
        }

        return all.Length > 0 ? new ContainerHooks(spec, hooks, containerId, bundle, logger) : null;
    }

    /// <summary>Runs <c>prestart</c>, then <c>createRuntime</c>; the second call does nothing.</summary>
    /// <param name="vmm">Process id of the VMM; 0 while there is none.</param>
    /// <param name="cancellationToken">Kills the hook that runs.</param>
    /// <exception cref="KataException">A hook failed; those after it were not run.</exception>
    internal async Task CreatingAsync(int vmm, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            return;
        }

        // If the shim is killed, whoever cleans up after it sees that poststop is still to run.
        await File.WriteAllBytesAsync(_marker, [], cancellationToken).ConfigureAwait(false);
        foreach ((string kind, Hook hook) in _hooks.Prestart.Select(hook => ("prestart", hook)).Concat(_hooks.CreateRuntime.Select(hook => ("createRuntime", hook))))
        {
            try
            {
                await RunAsync(hook, ContainerStatus.Creating, vmm, LimitOf(hook), cancellationToken).ConfigureAwait(false);
            }
            catch (KataException error)
            {
                throw new KataException(error.Code, $"{kind} hook {Printable.Escape(hook.Path, 512)} of container {_state.Id} failed: {error.Message}", error);
            }
        }
    }

    /// <summary>Runs <c>poststart</c>. Failures are logged.</summary>
    /// <param name="vmm">Process id of the VMM.</param>
    /// <param name="cancellationToken">Kills the hook that runs.</param>
    internal Task StartedAsync(int vmm, CancellationToken cancellationToken) => TryAllAsync("poststart", _hooks.Poststart, ContainerStatus.Running, vmm, cancellationToken);

    /// <summary>
    /// Runs <c>poststop</c>, once, and only if the hooks before it began to run: in this process, or in one that was killed. Failures are logged.
    /// </summary>
    public async Task StoppedAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0 || !File.Exists(_marker))
        {
            return;
        }

        await TryAllAsync("poststop", _hooks.Poststop, ContainerStatus.Stopped, vmm: 0, CancellationToken.None).ConfigureAwait(false);
        Teardown.Run(_logger, $"remove {_marker}", () => File.Delete(_marker));
    }

    private static TimeSpan? LimitOf(Hook hook) => hook.Timeout is { } seconds ? TimeSpan.FromSeconds(Math.Min(seconds, LongestTimeout)) : null;

    private async Task TryAllAsync(string kind, IReadOnlyList<Hook> hooks, ContainerStatus status, int vmm, CancellationToken cancellationToken)
    {
        foreach (Hook hook in hooks)
        {
            try
            {
                await RunAsync(hook, status, vmm, LimitOf(hook) ?? Afterwards, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is KataException or OperationCanceledException)
            {
                LogFailed(_logger, kind, Printable.Escape(hook.Path, 512), _state.Id, error.Message);
            }
        }
    }

    // The specification wants a process that is in the container's namespaces. What is in the pod's network namespace is the VMM; before it exists, the
    // thread that runs the hook.
    private Task RunAsync(Hook hook, ContainerStatus status, int vmm, TimeSpan? limit, CancellationToken cancellationToken) => _runner.RunAsync(
        hook,
        thread => OciJson.WriteState(_state with { Status = status, Pid = status == ContainerStatus.Stopped ? null : vmm > 0 ? vmm : thread }),
        limit,
        cancellationToken);

    [LoggerMessage(EventId = 540, Level = LogLevel.Warning, Message = "{Kind} hook {Hook} of container {Container} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string kind, string hook, string container, string reason);
}
