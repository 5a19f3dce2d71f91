using System.Net.Sockets;
using Grpc.Core;
using Kata.Ttrpc.Tests.Echo;
using Microsoft.Extensions.Time.Testing;
using EchoClient = Kata.Ttrpc.Tests.Echo.Echo.EchoClient;

namespace Kata.Ttrpc.Tests;

/// <summary>The bytes on the wire, written out from the protocol's tables. They only grow: a change here breaks every peer.</summary>
public sealed class GoldenBytesTests
{
    private const string Names = "0a0e 6b6174612e746573742e4563686f 1203 536179"; // service "kata.test.Echo", method "Say"
    private const string Hi = "0a026869"; // Ping or Pong { text = "hi" }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_Plain_IsHeaderAndEnvelope() =>
        Assert.Equal(
            Hex($"0000001b 00000001 01 01 {Names} 1a04 {Hi}"),
            await FirstFrameAsync((client, _) => client.SayAsync(new Ping { Text = "hi" }, cancellationToken: Cancelled).ResponseAsync));

    [Fact]
    public async Task Request_Empty_HasNoPayloadField() =>
        Assert.Equal(
            Hex($"00000015 00000001 01 01 {Names}"),
            await FirstFrameAsync((client, _) => client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync));

    [Fact]
    public async Task Request_DeadlineAndMetadata_FollowThePayload() =>
        Assert.Equal(
            Hex($"00000031 00000001 01 01 {Names} 1a04 {Hi} 20 8094ebdc03 2a06 0a016b 120176 2a06 0a016b 120177"),
            await FirstFrameAsync((client, clock) => client.SayAsync(
                new Ping { Text = "hi" },
                new Metadata { { "k", "v" }, { "k", "w" } },
                clock.GetUtcNow().UtcDateTime.AddSeconds(1),
                Cancelled).ResponseAsync));

    [Fact]
    public async Task Request_OfStreams_HaveTheirFlags()
    {
        const string Echo = "0a0e 6b6174612e746573742e4563686f";
        Assert.Equal(
            Hex($"0000001d 00000001 01 01 {Echo} 1205 436f756e74 1a04 {Hi}"),
            await FirstFrameAsync((client, _) => client.Count(new Ping { Text = "hi" }, cancellationToken: Cancelled)));
        Assert.Equal(
            Hex($"00000015 00000001 01 02 {Echo} 1203 53756d"),
            await FirstFrameAsync((client, _) => client.Sum(cancellationToken: Cancelled)));
        Assert.Equal(
            Hex($"00000016 00000001 01 02 {Echo} 1204 43686174"),
            await FirstFrameAsync((client, _) => client.Chat(cancellationToken: Cancelled)));
    }

    [Fact]
    public async Task Response_Success_HasOnlyThePayload()
    {
        await using RawServer server = await RawServer.StartAsync();

        await server.Peer.SendHexAsync($"0000001b 00000001 01 00 {Names} 1a04 {Hi}");
        Assert.Equal(Hex($"00000006 00000001 02 00 1204 {Hi}"), Convert.ToHexStringLower(await server.Peer.ReceiveAsync()));

        await server.Peer.SendHexAsync($"00000015 00000003 01 00 {Names}");
        Assert.Equal(Hex("00000000 00000003 02 00"), Convert.ToHexStringLower(await server.Peer.ReceiveAsync()));
    }

    [Fact]
    public async Task Response_Failure_HasOnlyTheStatus()
    {
        var service = new EchoService { OnSay = (_, _) => throw new RpcException(new Status(StatusCode.NotFound, "no")) };
        await using RawServer server = await RawServer.StartAsync(service);

        await server.Peer.SendHexAsync($"00000015 00000001 01 01 {Names}");

        Assert.Equal(Hex("00000008 00000001 02 00 0a06 0805 1202 6e6f"), Convert.ToHexStringLower(await server.Peer.ReceiveAsync()));
    }

    [Fact]
    public async Task ServerStream_IsDataFramesAndAnEmptyOneThatCloses()
    {
        var service = new EchoService { OnCount = (ping, writer, _) => writer.WriteAsync(new Pong { Text = ping.Text }) };
        await using RawServer server = await RawServer.StartAsync(service);

        await server.Peer.SendHexAsync($"0000001d 00000001 01 01 0a0e 6b6174612e746573742e4563686f 1205 436f756e74 1a04 {Hi}");

        Assert.Equal(Hex($"00000004 00000001 03 00 {Hi}"), Convert.ToHexStringLower(await server.Peer.ReceiveAsync()));
        Assert.Equal(Hex("00000000 00000001 03 05"), Convert.ToHexStringLower(await server.Peer.ReceiveAsync()));
    }

    [Fact]
    public async Task ClientStream_IsDataFramesAndAnEmptyOneThatCloses()
    {
        (Socket clientSocket, Socket serverSocket) = await SocketPair.ConnectAsync();
        using var server = new RawPeer(serverSocket);
        await using var transport = new TtrpcClient(new NetworkStream(clientSocket, ownsSocket: true));
        using AsyncClientStreamingCall<Ping, Pong> call = new EchoClient(transport).Sum(cancellationToken: Cancelled);

        await call.RequestStream.WriteAsync(new Ping { Text = "hi" }, Cancelled);
        await call.RequestStream.WriteAsync(new Ping(), Cancelled);
        await call.RequestStream.CompleteAsync();

        await server.ReceiveAsync();
        Assert.Equal(Hex($"00000004 00000001 03 00 {Hi}"), Convert.ToHexStringLower(await server.ReceiveAsync()));
        Assert.Equal(Hex("00000000 00000001 03 00"), Convert.ToHexStringLower(await server.ReceiveAsync()));
        Assert.Equal(Hex("00000000 00000001 03 05"), Convert.ToHexStringLower(await server.ReceiveAsync()));
        await server.SendHexAsync($"00000006 00000001 02 00 1204 {Hi}");
        Assert.Equal("hi", (await call).Text);
    }

    [Fact]
    public async Task StreamIds_AreOddAndRise()
    {
        (Socket clientSocket, Socket serverSocket) = await SocketPair.ConnectAsync();
        using var server = new RawPeer(serverSocket);
        await using var transport = new TtrpcClient(new NetworkStream(clientSocket, ownsSocket: true));
        var client = new EchoClient(transport);

        Task<Pong>[] calls = [.. Enumerable.Range(0, 100).AsParallel().Select(_ => client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync)];
        var ids = new List<int>();
        for (int i = 0; i < calls.Length; i++)
        {
            ids.Add((await server.ReceiveAsync())[7]);
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => 2 * i + 1), ids);
    }

    private static string Hex(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    private static async Task<string> FirstFrameAsync(Func<EchoClient, TimeProvider, object> call)
    {
        (Socket clientSocket, Socket serverSocket) = await SocketPair.ConnectAsync();
        using var server = new RawPeer(serverSocket);
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var transport = new TtrpcClient(new NetworkStream(clientSocket, ownsSocket: true), new TtrpcClientOptions { TimeProvider = clock });
        object pending = call(new EchoClient(transport), clock);
        string hex = Convert.ToHexStringLower(await server.ReceiveAsync());
        GC.KeepAlive(pending);
        return hex;
    }
}
