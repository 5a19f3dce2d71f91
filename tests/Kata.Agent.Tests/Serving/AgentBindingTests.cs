using System.Collections.Concurrent;
using System.Net.Sockets;
using Grpc.Core;
using Kata.Agent.Serving;
using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Protocols.Agent;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Serving;

public sealed class AgentBindingTests
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    [Fact]
    public async Task Bind_BothServices_EveryMethodOfTheProtocolIsReached()
    {
        IReadOnlyList<string> methods =
            [.. AgentService.Descriptor.Methods.Concat(Health.Descriptor.Methods).Select(m => $"/{m.Service.FullName}/{m.Name}").Order(StringComparer.Ordinal)];

        IEnumerable<string> reached = await CallAsync([.. methods, "/grpc.AgentService/NoSuchMethod", "/grpc.Nobody/Check"]);

        Assert.Equal(methods, reached.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Bind_MethodCalledTwice_IsReachedTwice()
    {
        IEnumerable<string> reached = await CallAsync(["/grpc.Health/Check", "/grpc.Health/Check"]);

        Assert.Equal(["/grpc.Health/Check", "/grpc.Health/Check"], reached);
    }

    // Calls methods that all answer Unimplemented; what the server knows passes its interceptor first.
    private static async Task<IEnumerable<string>> CallAsync(IEnumerable<string> methods)
    {
        var reached = new ConcurrentQueue<string>();
        var server = new TtrpcServer(NullLogger.Instance, new TtrpcServerOptions
        {
            Interceptor = (call, next) =>
            {
                reached.Enqueue(call.Method.FullName);
                return next();
            },
        });
        AgentBinding.Bind(server, new NoAgent());
        AgentBinding.Bind(server, new NoHealth());
        (Fd ours, Fd theirs) = UnixSockets.Pair();
        await using var transport = new NetworkStream(UnixSockets.Adopt(theirs), ownsSocket: true);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task serving = server.ServeAsync(transport, stop.Token);
        await using (var client = new TtrpcClient(new NetworkStream(UnixSockets.Adopt(ours), ownsSocket: true)))
        {
            foreach (string[] parts in methods.Select(m => m.Split('/')))
            {
                var method = new Method<byte[], byte[]>(MethodType.Unary, parts[1], parts[2], Bytes, Bytes);
                RpcException error = await Assert.ThrowsAsync<RpcException>(
                    () => client.AsyncUnaryCall(method, null, new CallOptions(cancellationToken: stop.Token), []).ResponseAsync);
                Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
            }
        }

        await stop.CancelAsync();
        await serving;
        return reached;
    }

    private sealed class NoAgent : AgentService.AgentServiceBase;

    private sealed class NoHealth : Health.HealthBase;
}
