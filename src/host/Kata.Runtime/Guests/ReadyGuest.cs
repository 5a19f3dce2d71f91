using Kata.Configuration;
using Kata.Protocols.Agent;
using Kata.Runtime.Sandboxes;

namespace Kata.Runtime.Guests;

/// <summary>A guest whose agent has been told about its sandbox. Owns VM and connection.</summary>
internal sealed class ReadyGuest(RunningGuest guest, GuestAgent agent) : IAsyncDisposable
{
    /// <summary>The time a call to the agent may take that has no limit of its own.</summary>
    public static readonly TimeSpan CallTime = TimeSpan.FromSeconds(60);

    /// <summary>The agent.</summary>
    public GuestAgent Agent => agent;

    /// <summary>Tells the agent about the sandbox: its policy first, then name, DNS, shared directory, shared memory.</summary>
    public async Task SetUpAsync(SandboxOptions options, CancellationToken cancellationToken)
    {
        if (options.Configuration.Agent.Policy is { Length: > 0 } policy)
        {
            await agent.CallAsync(call => agent.Client.SetPolicyAsync(new SetPolicyRequest { Policy = policy }, call), cancellationToken).ConfigureAwait(false);
        }

        var request = new CreateSandboxRequest { Hostname = options.Hostname, SandboxId = options.Id, GuestHookPath = options.Configuration.RequireQemu().GuestHookPath ?? string.Empty };
        request.KernelModules.AddRange(options.Configuration.Agent.KernelModules.Select(Convert));
        request.Dns.AddRange(options.Dns);
        request.Storages.AddRange(SandboxStorages.Of(options));
        await agent.CallAsync(call => agent.Client.CreateSandboxAsync(request, call), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a container, killing what runs in it.</summary>
    public Task RemoveAsync(string containerId, CancellationToken cancellationToken)
    {
        var request = new RemoveContainerRequest { ContainerId = containerId };
        return agent.CallAsync(call => agent.Client.RemoveContainerAsync(request, call), cancellationToken);
    }

    /// <summary>Ends all containers and writes back what the guest has cached.</summary>
    public Task DestroyAsync(TimeSpan limit) =>
        GuestAgent.CallAsync(call => agent.Client.DestroySandboxAsync(new DestroySandboxRequest(), call), limit, CancellationToken.None);

    /// <summary>Kills the VM, then closes the connection, so that calls still waiting fail because of the VM's end and not before it.</summary>
    public async ValueTask DisposeAsync()
    {
        await guest.Vm.StopAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
        await guest.Agent.DisposeAsync().ConfigureAwait(false);
        await guest.Vm.DisposeAsync().ConfigureAwait(false);
    }

    private static KernelModule Convert(GuestKernelModule module)
    {
        var message = new KernelModule { Name = module.Name };
        message.Parameters.AddRange(module.Parameters);
        return message;
    }
}
