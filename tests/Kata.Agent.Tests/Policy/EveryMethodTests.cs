using System.Net.Sockets;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Kata.Agent.Policy;
using Kata.Agent.Rpc;
using Kata.Agent.Serving;
using Kata.Agent.Tracing;
using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Protocols.Agent;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Policy;

/// <summary>
/// Every method of the protocol meets the policy, whichever there are: the list is the protocol's own. Behind the policy nothing is served, so that a
/// mistake does nothing to the machine of the test; PolicyTests asks a live agent the same.
/// </summary>
public sealed class EveryMethodTests
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    // Output that may not be seen is read and dropped; what a new policy meets is decided where it replaces the other. Both have tests with PolicyGate.
    private static readonly string[] DecidedElsewhere = ["ReadStdout", "ReadStderr", "SetPolicy"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Methods => [.. AgentService.Descriptor.Methods.Select(method => method.Name)];

    public static TheoryData<string> DecidedHere => [.. AgentService.Descriptor.Methods.Select(method => method.Name).Except(DecidedElsewhere)];

    [Theory]
    [MemberData(nameof(DecidedHere))]
    public async Task Call_UnderAPolicyThatAllowsNothing_IsRefusedWithItsName(string name)
    {
        string request = AgentService.Descriptor.FindMethodByName(name).InputType.Name;

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => CallAsync("package agent_policy", "grpc.AgentService", name));

        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
        Assert.StartsWith($"{request} is blocked by policy", error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Call_UnderAPolicyThatAllowsItAlone_PassesIt(string name)
    {
        string request = AgentService.Descriptor.FindMethodByName(name).InputType.Name;

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => CallAsync($"package agent_policy\ndefault {request} := true", "grpc.AgentService", name));

        Assert.Equal((StatusCode.Unimplemented, $"{name} is not implemented by this agent"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task Call_OfHealth_IsServedWhateverThePolicy()
    {
        foreach (MethodDescriptor method in Health.Descriptor.Methods)
        {
            Assert.NotEmpty(await CallAsync("package agent_policy", "grpc.Health", method.Name));
        }
    }

    [Fact]
    public void Methods_Requests_AreNamedSoThatARuleMeansOneOfThem()
    {
        // Reading of both streams is one rule, as with upstream.
        string[] names = [.. AgentService.Descriptor.Methods.Select(method => method.InputType.Name)];

        Assert.Equal(["ReadStreamRequest"], names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.DoesNotContain("AllowRequestsFailingPolicy", names);
        Assert.DoesNotContain("RequestExtensions", names);
    }

    private static async Task<byte[]> CallAsync(string policy, string service, string name)
    {
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Path, "policy.rego");
        await File.WriteAllTextAsync(file, policy, Token);
        using var gate = new PolicyGate(TimeProvider.System, NullLogger.Instance);
        gate.LoadFile(file);
        var filter = new RequestFilter(Task.CompletedTask, new EndpointList(null), gate, new AgentTracing(null!, "test"), NullLogger.Instance);
        var server = new TtrpcServer(NullLogger.Instance, new TtrpcServerOptions { Interceptor = filter.RunAsync });
        AgentBinding.Bind(server, new NoAgent());
        AgentBinding.Bind(server, new HealthRpc("test"));
        (Fd ours, Fd theirs) = UnixSockets.Pair();
        await using var transport = new NetworkStream(UnixSockets.Adopt(theirs), ownsSocket: true);
        Task serving = server.ServeAsync(transport, Token);
        byte[] reply;
        await using (var client = new TtrpcClient(new NetworkStream(UnixSockets.Adopt(ours), ownsSocket: true)))
        {
            var method = new Method<byte[], byte[]>(MethodType.Unary, service, name, Bytes, Bytes);
            reply = await client.AsyncUnaryCall(method, null, new CallOptions(cancellationToken: Token), []).ResponseAsync;
        }

        await serving;
        return reply;
    }

    private sealed class NoAgent : AgentService.AgentServiceBase;
}
