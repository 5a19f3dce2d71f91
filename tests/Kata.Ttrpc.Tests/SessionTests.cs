using System.Net.Sockets;
using Grpc.Core;
using Kata.Ttrpc.Tests.Echo;
using Microsoft.Extensions.Logging.Abstractions;
using EchoClient = Kata.Ttrpc.Tests.Echo.Echo.EchoClient;

namespace Kata.Ttrpc.Tests;

/// <summary>One byte channel, several clients one after the other, as on a virtio-serial port.</summary>
public sealed class SessionTests
{
    private static readonly TtrpcServerOptions Options = new() { AllowNewSessions = true };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Establish_AfterAClientThatVanished_StartsAnew()
    {
        var abandoned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new EchoService();
        service.OnSay = async (ping, context) =>
        {
            if (ping.Text == "wait")
            {
                using CancellationTokenRegistration told = context.CancellationToken.Register(() => abandoned.TrySetResult());
                await abandoned.Task;
                return new Pong { Text = "stale" };
            }

            return new Pong { Text = ping.Text };
        };
        await using Channel channel = await Channel.OpenAsync(service);
        await channel.Stream.WriteAsync(RawPeer.Request(1, "Say", new Ping { Text = "old" }), Cancelled);
        await channel.Stream.WriteAsync(RawPeer.Request(3, "Say", new Ping { Text = "wait" }), Cancelled);

        // The first client is gone; its replies are still in the channel.
        await TtrpcSession.EstablishAsync(channel.Stream, TimeSpan.FromSeconds(1), TimeProvider.System, Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        await abandoned.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        await using var client = new TtrpcClient(channel.Stream);

        Assert.Equal("new", (await new EchoClient(client).SayAsync(new Ping { Text = "new" }, cancellationToken: Cancelled)).Text);
        Assert.Equal("newer", (await new EchoClient(client).SayAsync(new Ping { Text = "newer" }, cancellationToken: Cancelled)).Text);
    }

    [Theory]
    [InlineData("00300000 00000001 01 00 0a0e6b")] // a frame of 3 MiB of which only the beginning came
    [InlineData("ffffffff 00000001 01 00 00")] // an oversized one being discarded
    [InlineData("0000")] // a piece of a header
    public async Task Establish_AfterHalfAFrame_StartsAnew(string leftover)
    {
        await using Channel channel = await Channel.OpenAsync(new EchoService());
        await channel.Stream.WriteAsync(Convert.FromHexString(leftover.Replace(" ", "", StringComparison.Ordinal)), Cancelled);

        await TtrpcSession.EstablishAsync(channel.Stream, TimeSpan.FromSeconds(1), TimeProvider.System, Cancelled).WaitAsync(TimeSpan.FromSeconds(15), Cancelled);
        await using var client = new TtrpcClient(channel.Stream);

        Assert.Equal("new", (await new EchoClient(client).SayAsync(new Ping { Text = "new" }, cancellationToken: Cancelled)).Text);
    }

    [Fact]
    public async Task Establish_Twice_BothSessionsWork()
    {
        await using Channel channel = await Channel.OpenAsync(new EchoService());
        for (int i = 0; i < 2; i++)
        {
            await TtrpcSession.EstablishAsync(channel.Stream, TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
            await channel.Stream.WriteAsync(RawPeer.Request(1, "Say", new Ping { Number = i }), Cancelled);
        }
    }

    [Fact]
    public async Task Establish_ServerWithoutSessions_IsRefusedClearly()
    {
        await using RawServer server = await RawServer.StartAsync();

        await server.Peer.SendAsync(RawPeer.Frame(uint.MaxValue, 0xf1, 0, new byte[32]));
        (_, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal((int)StatusCode.InvalidArgument, response.Status.Code);
    }

    [Fact]
    public async Task Establish_PeerCloses_Throws()
    {
        (Socket client, Socket server) = await SocketPair.ConnectAsync();
        await using var stream = new NetworkStream(client, ownsSocket: true);
        server.Dispose();

        await Assert.ThrowsAnyAsync<IOException>(() =>
            TtrpcSession.EstablishAsync(stream, TimeSpan.FromSeconds(1), TimeProvider.System, Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled));
    }

    private sealed class Channel : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly NetworkStream _transport;
        private readonly Task _serving;

        private Channel(Socket client, Socket server, EchoService service)
        {
            Stream = new NetworkStream(client, ownsSocket: true);
            _transport = new NetworkStream(server, ownsSocket: true);
            var ttrpc = new TtrpcServer(NullLogger.Instance, Options);
            Echo.Echo.BindService(ttrpc, service);
            _serving = ttrpc.ServeAsync(_transport, _stop.Token);
        }

        public NetworkStream Stream { get; }

        public static async Task<Channel> OpenAsync(EchoService service)
        {
            (Socket client, Socket server) = await SocketPair.ConnectAsync();
            return new Channel(client, server, service);
        }

        public async ValueTask DisposeAsync()
        {
            await Stream.DisposeAsync();
            await _stop.CancelAsync();
            await _serving.WaitAsync(TimeSpan.FromSeconds(20));
            await _transport.DisposeAsync();
            _stop.Dispose();
        }
    }
}
