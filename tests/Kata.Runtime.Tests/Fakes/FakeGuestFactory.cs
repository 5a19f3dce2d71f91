using Kata.AgentClient;
using Kata.Runtime.Guests;
using Kata.Testing.Agents;

namespace Kata.Runtime.Tests.Fakes;

/// <summary>Guests whose agent is a <see cref="FakeAgent"/>.</summary>
public sealed class FakeGuestFactory(FakeAgent agent) : IGuestFactory
{
    /// <summary>The machine made last.</summary>
    public FakeMachine? Machine { get; private set; }

    public async Task<RunningGuest> StartAsync(GuestRequest request, CancellationToken cancellationToken)
    {
        Machine = new FakeMachine(request.Paths.Id, agent.Address);
        request.Prepared?.Invoke(Machine);
        return new RunningGuest(Machine, await AgentConnection.DialAsync(agent.Address, new AgentDialOptions(), cancellationToken));
    }
}
