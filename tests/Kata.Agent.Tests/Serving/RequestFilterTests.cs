using Kata.Agent.Policy;
using Kata.Agent.Rpc;
using Kata.Agent.Tests.Policy;
using Kata.Agent.Tracing;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Serving;

public sealed class RequestFilterTests
{
    [Fact]
    public async Task Run_GuestCouldNotComeUp_ServesHealthAndRefusesAllElseWithTheReason()
    {
        var served = new List<string>();
        using var gate = new PolicyGate(TimeProvider.System, NullLogger.Instance); // open: the policy could not be loaded
        var broken = Task.FromException(KataException.Invalid("the agent's policy: line 3"));
        var filter = new RequestFilter(broken, new EndpointList(null), gate, new AgentTracing(null!, "test"), NullLogger.Instance);
        Task CallAsync(TtrpcServerCall call) => filter.RunAsync(call, () =>
        {
            served.Add(call.Method.Name);
            return Task.CompletedTask;
        });

        KataException error = await Assert.ThrowsAsync<KataException>(() => CallAsync(FakeCalls.Of(new CreateSandboxRequest(), "CreateSandbox")));
        await CallAsync(FakeCalls.Of(new CheckRequest(), "Check", service: "grpc.Health"));

        Assert.Equal("the agent's policy: line 3", error.Message);
        Assert.Equal(["Check"], served);
    }
}
