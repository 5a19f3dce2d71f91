using Kata.Configuration;
using Kata.Oci.Runtime;
using Kata.Protocols.Agent;
using Kata.Runtime.Guests;
using Kata.Runtime.Specs;

namespace Kata.Runtime.Containers;

/// <summary>Asks the agent to set a container up.</summary>
internal static class ContainerSetup
{
    /// <summary>Asks.</summary>
    /// <returns>Whether the guest may then hold data of the container when its first process has ended.</returns>
    public static async Task<bool> RunAsync(
        GuestAgent agent, ContainerOptions options, string rootfs, IReadOnlyList<Mount> mounts, KataConfiguration configuration, CancellationToken cancellationToken)
    {
        SpecReport.Require(options.Spec);
        await agent.RequireFieldsAsync(SpecReport.NeedsOurAgent(options.Spec), cancellationToken).ConfigureAwait(false);
        GuestSpec guest = GuestSpecBuilder.Build(options.Spec, rootfs, mounts, seccomp: !configuration.Runtime.DisableGuestSeccomp);
        if (guest.Spec.Process is { } process)
        {
            process.Terminal = options.Terminal;
        }

        var request = new CreateContainerRequest { ContainerId = options.Id, ExecId = options.Id, OCI = guest.Spec, SandboxPidns = guest.SharedPidNamespace };
        await GuestAgent.CallAsync(
            call => agent.Client.CreateContainerAsync(request, call), configuration.CreateContainerTimeout, cancellationToken).ConfigureAwait(false);
        return GuestCaches.MayKeepBack(request);
    }
}
