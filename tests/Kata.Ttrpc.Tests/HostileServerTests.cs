using System.Net.Sockets;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kata.Ttrpc.Tests.Echo;
using EchoClient = Kata.Ttrpc.Tests.Echo.Echo.EchoClient;

namespace Kata.Ttrpc.Tests;

/// <summary>What a server can answer wrong: the call fails with a clear status, and the other calls do not notice.</summary>
public sealed class HostileServerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("00000001 00000001 02 00 ff", StatusCode.Internal)] // no response message
    [InlineData("00000002 00000001 02 00 127f", StatusCode.Internal)] // payload longer than the body
    [InlineData("00000004 00000001 02 00 1202 0a7f", StatusCode.Internal)] // payload is no message
    [InlineData("00000003 00000001 02 00 0a01ff", StatusCode.Internal)] // status is no message
    [InlineData("00000000 00000001 03 00", StatusCode.Internal)] // data in answer to a unary call
    [InlineData("00000004 00000001 02 00 0a020863", StatusCode.Unknown)] // status code 99
    [InlineData("0000000d 00000001 02 00 0a0b08ffffffffffffffffff01", StatusCode.Unknown)] // status code -1
    [InlineData("00500000 00000001 02 00", StatusCode.ResourceExhausted)] // oversized
    public async Task Response_Wrong_FailsTheCall(string hex, StatusCode expected)
    {
        (RawPeer server, TtrpcClient transport, EchoClient client) = await ConnectAsync();
        using RawPeer owned = server;
        await using TtrpcClient ownedClient = transport;

        AsyncUnaryCall<Pong> call = client.SayAsync(new Ping(), cancellationToken: Cancelled);
        await server.ReceiveAsync();
        await server.SendHexAsync(hex);
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(expected, error.StatusCode);
    }

    [Fact]
    public async Task Frames_NobodyWaitsFor_AreDropped()
    {
        (RawPeer server, TtrpcClient transport, EchoClient client) = await ConnectAsync();
        using RawPeer owned = server;
        await using TtrpcClient ownedClient = transport;

        AsyncUnaryCall<Pong> call = client.SayAsync(new Ping(), cancellationToken: Cancelled);
        await server.ReceiveAsync();
        await server.SendAsync(RawPeer.Response(7, null, new Pong { Number = 1 }));
        await server.SendAsync(RawPeer.Frame(2, 3, 0, new Pong()));
        await server.SendAsync(RawPeer.Frame(1, 1, 0, new Pong()));
        await server.SendAsync(RawPeer.Frame(1, 0x55, 0xff, new Pong()));
        await server.SendAsync(RawPeer.Response(1, null, new Pong { Number = 2 }));
        await server.SendAsync(RawPeer.Response(1, null, new Pong { Number = 3 }));

        Assert.Equal(2, (await call).Number);
    }

    [Fact]
    public async Task Status_ExplicitOk_IsSuccess()
    {
        (RawPeer server, TtrpcClient transport, EchoClient client) = await ConnectAsync();
        using RawPeer owned = server;
        await using TtrpcClient ownedClient = transport;

        AsyncUnaryCall<Pong> call = client.SayAsync(new Ping(), cancellationToken: Cancelled);
        await server.ReceiveAsync();
        await server.SendAsync(RawPeer.Response(1, new Oracle.Status { Code = 0 }, new Pong { Number = 2 }));

        Assert.Equal(2, (await call).Number);
    }

    [Fact]
    public async Task Status_Details_AreInTheTrailer()
    {
        (RawPeer server, TtrpcClient transport, EchoClient client) = await ConnectAsync();
        using RawPeer owned = server;
        await using TtrpcClient ownedClient = transport;
        var status = new Oracle.Status { Code = 5, Message = "nothing", Details = { Any.Pack(new StringValue { Value = "detail" }) } };

        AsyncUnaryCall<Pong> call = client.SayAsync(new Ping(), cancellationToken: Cancelled);
        await server.ReceiveAsync();
        await server.SendAsync(RawPeer.Response(1, status, null));
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(new Status(StatusCode.NotFound, "nothing"), error.Status);
        Assert.Equal(status, Oracle.Status.Parser.ParseFrom(error.Trailers.GetValueBytes("grpc-status-details-bin")));
        Assert.Equal("nothing", call.GetStatus().Detail);
    }

    [Fact]
    public async Task Status_DetailsThrownByHandler_Travel()
    {
        var status = new Oracle.Status { Code = 9, Message = "not now", Details = { Any.Pack(new StringValue { Value = "because" }) } };
        var service = new EchoService
        {
            OnSay = (_, _) => throw new RpcException(
                new Status(StatusCode.FailedPrecondition, "not now"), new Metadata { { "grpc-status-details-bin", status.ToByteArray() } }),
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(status, Oracle.Status.Parser.ParseFrom(error.Trailers.GetValueBytes("grpc-status-details-bin")));
    }

    [Fact]
    public async Task Closed_MidFrame_FailsAllCallsWithReason()
    {
        (RawPeer server, TtrpcClient transport, EchoClient client) = await ConnectAsync();
        await using TtrpcClient ownedClient = transport;

        Task<Pong>[] calls = [.. Enumerable.Range(0, 3).Select(_ => client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync)];
        await server.SendHexAsync("0000000a 00000001 02 00 0a");
        server.Dispose();

        foreach (Task<Pong> call in calls)
        {
            RpcException error = await Assert.ThrowsAsync<RpcException>(() => call);
            Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        }

        await transport.Closed.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        Assert.NotNull(transport.CloseReason);
    }

    [Fact]
    public async Task Stream_ResponseWithError_EndsReader()
    {
        (RawPeer server, TtrpcClient transport, EchoClient client) = await ConnectAsync();
        using RawPeer owned = server;
        await using TtrpcClient ownedClient = transport;

        using AsyncServerStreamingCall<Pong> call = client.Count(new Ping(), cancellationToken: Cancelled);
        await server.ReceiveAsync();
        await server.SendAsync(RawPeer.Frame(1, 3, 0, new Pong { Number = 1 }));
        await server.SendAsync(RawPeer.Response(1, new Oracle.Status { Code = 8, Message = "full" }, null));

        Assert.True(await call.ResponseStream.MoveNext(Cancelled));
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancelled));
        Assert.Equal(new Status(StatusCode.ResourceExhausted, "full"), error.Status);
    }

    [Fact]
    public async Task Server_DoesNotRead_CallsStillMeetTheirDeadline()
    {
        (RawPeer server, TtrpcClient transport, EchoClient client) = await ConnectAsync();
        using RawPeer owned = server;
        await using TtrpcClient ownedClient = transport;
        var large = new Ping { Data = ByteString.CopyFrom(new byte[3 << 20]) };

        Task<Pong>[] calls = [.. Enumerable.Range(0, 8).Select(_ =>
            client.SayAsync(large, deadline: DateTime.UtcNow.AddMilliseconds(300), cancellationToken: Cancelled).ResponseAsync)];

        foreach (Task<Pong> call in calls)
        {
            RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.WaitAsync(TimeSpan.FromSeconds(10), Cancelled));
            Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        }
    }

    private static async Task<(RawPeer Server, TtrpcClient Transport, EchoClient Client)> ConnectAsync()
    {
        (Socket client, Socket server) = await SocketPair.ConnectAsync();
        var transport = new TtrpcClient(new NetworkStream(client, ownsSocket: true));
        return (new RawPeer(server), transport, new EchoClient(transport));
    }
}
