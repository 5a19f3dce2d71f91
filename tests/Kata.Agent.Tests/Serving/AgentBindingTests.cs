using Google.Protobuf.Reflection;
using Kata.Agent.Serving;
using Kata.Protocols.Agent;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Serving;

public sealed class AgentBindingTests
{
    [Fact]
    public void Bind_BothServices_BindsEveryMethodOfTheProtocol()
    {
        var server = new TtrpcServer(NullLogger.Instance);

        AgentBinding.Bind(server, new NoAgent());
        AgentBinding.Bind(server, new NoHealth());

        IEnumerable<MethodDescriptor> methods = AgentService.Descriptor.Methods.Concat(Health.Descriptor.Methods);
        Assert.Equal(methods.Select(m => $"/{m.Service.FullName}/{m.Name}").Order(StringComparer.Ordinal), server.MethodNames.Order(StringComparer.Ordinal));
    }

    private sealed class NoAgent : AgentService.AgentServiceBase;

    private sealed class NoHealth : Health.HealthBase;
}
