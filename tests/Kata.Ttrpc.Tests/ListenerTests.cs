using System.Net.Sockets;
using Grpc.Core;
using Kata.Ttrpc.Tests.Echo;
using Microsoft.Extensions.Logging.Abstractions;
using EchoClient = Kata.Ttrpc.Tests.Echo.Echo.EchoClient;

namespace Kata.Ttrpc.Tests;

public sealed class ListenerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Listener_SameUser_IsServedAndKnown()
    {
        string peer = "";
        var service = new EchoService();
        service.OnSay = (ping, context) =>
        {
            peer = context.Peer;
            return Task.FromResult(new Pong { Text = ping.Text });
        };

        await ServeAsync(service, options: null, async address =>
        {
            await using TtrpcClient client = await ConnectAsync(address);
            Assert.Equal("hi", (await new EchoClient(client).SayAsync(new Ping { Text = "hi" }, cancellationToken: Cancelled)).Text);
        });

        Assert.StartsWith($"unix:pid={Environment.ProcessId},uid=", peer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listener_PeerNotAccepted_IsClosedUnserved()
    {
        PeerCredentials? seen = null;
        var options = new TtrpcServerOptions
        {
            AcceptPeer = peer =>
            {
                seen = peer;
                return false;
            },
        };

        await ServeAsync(new EchoService(), options, async address =>
        {
            await using TtrpcClient client = await ConnectAsync(address);
            RpcException error = await Assert.ThrowsAsync<RpcException>(() =>
                new EchoClient(client).SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync);
            Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        });

        Assert.Equal(Environment.ProcessId, seen?.ProcessId);
    }

    [Fact]
    public async Task Listener_OtherUser_IsClosedUnserved()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root to become somebody else");

        await ServeAsync(new EchoService(), options: null, async address =>
        {
            await using var client = new TtrpcClient(new NetworkStream(OtherUser.Connect(address), ownsSocket: true));
            RpcException error = await Assert.ThrowsAsync<RpcException>(() =>
                new EchoClient(client).SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync);
            Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        });
    }

    [Fact]
    public async Task Listener_MoreConnectionsThanAllowed_WaitTheirTurn()
    {
        await ServeAsync(new EchoService(), new TtrpcServerOptions { MaxConnections = 1 }, async address =>
        {
            TtrpcClient first = await ConnectAsync(address);
            await new EchoClient(first).SayAsync(new Ping(), cancellationToken: Cancelled);
            await using TtrpcClient second = await ConnectAsync(address);
            Task<Pong> waiting = new EchoClient(second).SayAsync(new Ping { Text = "at last" }, cancellationToken: Cancelled).ResponseAsync;
            Assert.False(waiting.IsCompleted);

            await first.DisposeAsync();

            Assert.Equal("at last", (await waiting.WaitAsync(TimeSpan.FromSeconds(10), Cancelled)).Text);
        });
    }

    [Fact]
    public async Task Interceptor_SeesRequestAndResponse_AndMayRefuse()
    {
        var seen = new List<string>();
        var options = new TtrpcServerOptions
        {
            Interceptor = async (call, next) =>
            {
                if (((Ping)call.Request!).Text == "forbidden")
                {
                    throw new RpcException(new Status(StatusCode.PermissionDenied, $"{call.Method.Name} is blocked"));
                }

                await next();
                seen.Add($"{call.Method.FullName} {((Ping)call.Request).Text} {((Pong)call.Response!).Text}");
            },
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(serverOptions: options);

        await pair.Client.SayAsync(new Ping { Text = "a" }, cancellationToken: Cancelled);
        RpcException error = await Assert.ThrowsAsync<RpcException>(() =>
            pair.Client.SayAsync(new Ping { Text = "forbidden" }, cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(["/kata.test.Echo/Say a a"], seen);
        Assert.Equal(new Status(StatusCode.PermissionDenied, "Say is blocked"), error.Status);
    }

    [Fact]
    public void Bind_Twice_Throws()
    {
        var server = new TtrpcServer(NullLogger.Instance);
        Echo.Echo.BindService(server, new EchoService());

        Assert.Throws<InvalidOperationException>(() => Echo.Echo.BindService(server, new EchoService()));
    }

    private static async Task<TtrpcClient> ConnectAsync(UnixDomainSocketEndPoint address)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(address, Cancelled);
        return new TtrpcClient(new NetworkStream(socket, ownsSocket: true));
    }

    private static async Task ServeAsync(EchoService service, TtrpcServerOptions? options, Func<UnixDomainSocketEndPoint, Task> test)
    {
        UnixDomainSocketEndPoint address = SocketPair.NewAddress();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen(8);
        var server = new TtrpcServer(NullLogger.Instance, options);
        Echo.Echo.BindService(server, service);
        using var stop = new CancellationTokenSource();
        Task serving = server.ServeAsync(listener, stop.Token);

        await test(address);

        await stop.CancelAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
    }
}
