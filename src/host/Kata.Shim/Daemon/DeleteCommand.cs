using Google.Protobuf.WellKnownTypes;
using Kata.Linux.Mounts;
using Kata.Primitives;
using Kata.Protocols.Task;
using Kata.Runtime.Containers;
using Kata.Runtime.HostHooks;
using Kata.Runtime.Sandboxes;
using Kata.Shim.CommandLine;
using Microsoft.Extensions.Logging;

namespace Kata.Shim.Daemon;

/// <summary>The action <c>delete</c>, which containerd runs when a shim is gone without having been shut down: removes what is left of the task.</summary>
internal static class DeleteCommand
{
    private static readonly TimeSpan s_dyingTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    /// <summary>Runs it in the bundle.</summary>
    /// <returns>What containerd reads from standard output.</returns>
    public static async Task<DeleteResponse> RunAsync(ShimFlags flags, string bundle, ILogger logger, CancellationToken cancellationToken)
    {
        PodMembership membership = Membership(flags, bundle, logger);
        if (ShimAddress.PathOf(ShimAddress.For(flags.Address, flags.Namespace, membership.SandboxId)) is { } socket
            && await IsGoneAsync(socket, membership.Role, cancellationToken).ConfigureAwait(false))
        {
            await Teardown.RunAsync(
                logger,
                $"remove what is left of sandbox {membership.SandboxId}",
                async () => await Sandbox.CleanUpAsync(membership.SandboxId, logger, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            Teardown.Run(logger, $"remove {socket}", () => File.Delete(socket));
        }

        string rootfs = Path.Combine(bundle, "rootfs");
        Teardown.Run(logger, $"unmount {rootfs}", () => Mount.TryDetach(rootfs, lazy: true));
        await Teardown.RunAsync(logger, $"run the poststop hooks of {flags.Id}", () => RunHooksAsync(flags.Id, bundle, logger)).ConfigureAwait(false);
        return new DeleteResponse { ExitStatus = ProcessExit.Killed, ExitedAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) };
    }

    // A killed shim closes its connections, by which containerd learns of its end, a moment before or after the socket it listens on. A further container of
    // a pod may be deleted while the shim serves the others.
    private static async System.Threading.Tasks.Task<bool> IsGoneAsync(string socket, PodRole role, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (StartCommand.Answers(socket))
        {
            if (role == PodRole.PodContainer || TimeProvider.System.GetElapsedTime(started) > s_dyingTime)
            {
                return false;
            }

            await System.Threading.Tasks.Task.Delay(s_look, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private static async ValueTask RunHooksAsync(string id, string bundle, ILogger logger)
    {
        string spec = Path.Combine(bundle, "config.json");
        if (File.Exists(spec) && ContainerHooks.Of(Oci.Runtime.OciJson.ReadSpecFile(spec), id, bundle, logger) is { } hooks)
        {
            await hooks.StoppedAsync().ConfigureAwait(false);
        }
    }

    private static PodMembership Membership(ShimFlags flags, string bundle, ILogger logger)
    {
        // A bundle without a readable spec can only be that of a task which never came to be.
        var membership = new PodMembership(PodRole.SingleContainer, flags.Id);
        Teardown.Run(logger, $"read the spec in {bundle}", () => membership = PodMembership.OfBundle(flags.Id, bundle));
        return membership;
    }
}
