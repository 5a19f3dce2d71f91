using Kata.Linux.Mounts;
using Kata.Primitives;
using Kata.Runtime.Containers;
using Kata.Runtime.HostHooks;
using Kata.Runtime.Sandboxes;
using Kata.Shim.CommandLine;
using Microsoft.Extensions.Logging;
using DeleteResponse = Kata.Protocols.Task.DeleteResponse;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace Kata.Shim.Daemon;

/// <summary>The action <c>delete</c>, which containerd runs when a shim is gone without having been shut down: removes what is left of the task.</summary>
/// <param name="flags">What containerd says.</param>
/// <param name="bundle">The task's bundle.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
/// <param name="runRoot">The directory of run-time state; tests use another than <c>/run</c>.</param>
internal sealed class DeleteCommand(ShimFlags flags, string bundle, ILogger logger, TimeProvider time, string runRoot = "/run")
{
    private static readonly TimeSpan DyingTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs it.</summary>
    /// <returns>What containerd reads from standard output.</returns>
    /// <exception cref="KataException">FailedPrecondition: the shim lives, and nothing was touched.</exception>
    public async Task<DeleteResponse> RunAsync(CancellationToken cancellationToken)
    {
        PodMembership membership = Membership();
        if (ShimAddress.PathOf(ShimAddress.Of(flags, membership.SandboxId)) is { } socket
            && await IsGoneAsync(socket, membership, cancellationToken).ConfigureAwait(false))
        {
            await Sandbox.CleanUpAsync(membership.SandboxId, logger, cancellationToken, time, runRoot).ConfigureAwait(false);
            Teardown.Run(logger, $"remove {socket}", () => File.Delete(socket));
        }

        string rootfs = Path.Combine(bundle, "rootfs");
        Teardown.Run(logger, $"unmount {rootfs}", () => Mount.TryDetach(rootfs, lazy: true));
        await Teardown.RunAsync(logger, $"run the poststop hooks of {flags.Id}", RunHooksAsync).ConfigureAwait(false);
        return new DeleteResponse { ExitStatus = ProcessExit.Killed, ExitedAt = Timestamp.FromDateTimeOffset(time.GetUtcNow()) };
    }

    // A killed shim closes its connections, by which containerd learns of its end, a moment before or after the socket it listens on. A further container of
    // a pod may be deleted while the shim serves the others: then only what is the container's own goes.
    private async Task<bool> IsGoneAsync(string socket, PodMembership membership, CancellationToken cancellationToken)
    {
        TimeSpan patience = membership.Role == PodRole.PodContainer ? TimeSpan.Zero : DyingTime;
        bool gone = await Until.HoldsAsync(() => !StartCommand.Answers(socket), patience, LongestPause, time, cancellationToken).ConfigureAwait(false);
        return gone || membership.Role == PodRole.PodContainer
            ? gone
            : throw new KataException(
                ErrorCode.FailedPrecondition, $"the shim of sandbox {membership.SandboxId} lives: it answers at {socket}; shut it down or kill it before its remains are deleted");
    }

    private async ValueTask RunHooksAsync()
    {
        string spec = Path.Combine(bundle, "config.json");
        if (File.Exists(spec) && ContainerHooks.Of(Oci.Runtime.OciJson.ReadSpecFile(spec), flags.Id, bundle, logger) is { } hooks)
        {
            await hooks.StoppedAsync().ConfigureAwait(false);
        }
    }

    private PodMembership Membership()
    {
        // A bundle without a readable spec can only be that of a task which never came to be.
        var membership = new PodMembership(PodRole.SingleContainer, flags.Id);
        Teardown.Run(logger, $"read the spec in {bundle}", () => membership = PodMembership.OfBundle(flags.Id, bundle));
        return membership;
    }
}
