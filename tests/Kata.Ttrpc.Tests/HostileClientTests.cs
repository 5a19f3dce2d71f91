using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Kata.Ttrpc.Tests.Echo;

namespace Kata.Ttrpc.Tests;

/// <summary>What a client can send wrong: it gets a clear status or loses its connection, and harms nobody else.</summary>
public sealed class HostileClientTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Oversized_SentInFull_IsRefusedAndConnectionGoesOn()
    {
        await using RawServer server = await RawServer.StartAsync();

        Task sending = server.Peer.SendAsync(RawPeer.Frame(1, 1, 0, new byte[TtrpcLimits.MaxMessageLength + 1]));
        (uint id, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();
        await sending;

        Assert.Equal(1u, id);
        Assert.Equal((int)StatusCode.ResourceExhausted, response.Status.Code);
        await server.AssertServesAsync(3);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("0000000000000001")]
    [InlineData("0000000500000001 01 00 0a")]
    public async Task Truncated_ThenClosed_EndsConnection(string hex)
    {
        await using RawServer server = await RawServer.StartAsync();

        await server.Peer.SendHexAsync(hex);
        server.Peer.CloseSending();

        await server.Serving.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
    }

    [Theory]
    [InlineData("00000000 00000002 01 00", 2, StatusCode.InvalidArgument, "even")] // even id
    [InlineData("00000000 00000000 01 00", 0, StatusCode.InvalidArgument, "even")] // no id
    [InlineData("00000000 00000001 7f 00", 1, StatusCode.InvalidArgument, "unknown message type 0x7f")]
    [InlineData("00000000 00000001 00 00", 1, StatusCode.InvalidArgument, "unknown message type 0x00")]
    [InlineData("00000000 00000005 03 00", 5, StatusCode.InvalidArgument, "never opened")] // data without request
    [InlineData("00000002 00000001 01 00 ffff", 1, StatusCode.InvalidArgument, "malformed request")]
    [InlineData("00000002 00000001 01 00 0a7f", 1, StatusCode.InvalidArgument, "malformed request")] // service longer than the body
    [InlineData("00000002 00000001 01 00 0b0c", 1, StatusCode.InvalidArgument, "malformed request")] // groups
    [InlineData("00000001 00000001 01 00 00", 1, StatusCode.InvalidArgument, "malformed request")] // field 0
    [InlineData("0000000b 00000001 01 00 20ffffffffffffffffff7f", 1, StatusCode.Unimplemented, "unknown method //")]
    [InlineData("00000000 00000001 01 00", 1, StatusCode.Unimplemented, "unknown method //")]
    [InlineData("00000006 00000001 01 00 0a02ff00 1200", 1, StatusCode.Unimplemented, "\\u0000/")] // names are escaped
    public async Task BadFrame_IsAnswered_AndConnectionGoesOn(string hex, uint stream, StatusCode code, string text)
    {
        await using RawServer server = await RawServer.StartAsync();

        await server.Peer.SendHexAsync(hex);
        (uint id, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal(stream, id);
        Assert.Equal((int)code, response.Status.Code);
        Assert.Contains(text, response.Status.Message, StringComparison.Ordinal);
        await server.AssertServesAsync(101);
    }

    [Fact]
    public async Task UnknownMethod_IsUnimplementedAndNamed()
    {
        await using RawServer server = await RawServer.StartAsync();

        await server.Peer.SendAsync(RawPeer.Request(1, "Shout", new Ping()));
        (_, Oracle.Response method) = await server.Peer.ReceiveResponseAsync();
        await server.Peer.SendAsync(RawPeer.Request(3, "Say", new Ping(), service: "no.Service"));
        (_, Oracle.Response service) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal((int)StatusCode.Unimplemented, method.Status.Code);
        Assert.Contains("/kata.test.Echo/Shout", method.Status.Message, StringComparison.Ordinal);
        Assert.Equal((int)StatusCode.Unimplemented, service.Status.Code);
        Assert.Contains("/no.Service/Say", service.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamId_Reused_IsRefused()
    {
        await using RawServer server = await RawServer.StartAsync();
        await server.AssertServesAsync(5);

        await server.Peer.SendAsync(RawPeer.Request(5, "Say", new Ping()));
        (uint same, Oracle.Response again) = await server.Peer.ReceiveResponseAsync();
        await server.Peer.SendAsync(RawPeer.Request(3, "Say", new Ping()));
        (uint lower, Oracle.Response back) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal((5u, 3u), (same, lower));
        Assert.Equal((int)StatusCode.InvalidArgument, again.Status.Code);
        Assert.Equal((int)StatusCode.InvalidArgument, back.Status.Code);
        await server.AssertServesAsync(7);
    }

    [Fact]
    public async Task Payload_Garbage_IsInvalidArgument()
    {
        await using RawServer server = await RawServer.StartAsync();
        var request = new Oracle.Request { Service = "kata.test.Echo", Method = "Say", Payload = ByteString.CopyFrom(0x0a, 0x7f, 0x00) };

        await server.Peer.SendAsync(RawPeer.Frame(1, 1, 0, request));
        (_, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal((int)StatusCode.InvalidArgument, response.Status.Code);
        await server.AssertServesAsync(3);
    }

    [Fact]
    public async Task Response_FromClient_IsNotAnswered()
    {
        await using RawServer server = await RawServer.StartAsync();

        await server.Peer.SendHexAsync("00000000 00000001 02 00");
        await server.AssertServesAsync(1);
    }

    [Fact]
    public async Task Timeout_Negative_IsDeadlineExceeded()
    {
        bool called = false;
        var service = new EchoService();
        service.OnSay = (_, _) =>
        {
            called = true;
            return Task.FromResult(new Pong());
        };
        await using RawServer server = await RawServer.StartAsync(service);

        await server.Peer.SendAsync(RawPeer.Request(1, "Say", new Ping(), timeout: -1));
        (_, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal((int)StatusCode.DeadlineExceeded, response.Status.Code);
        Assert.False(called);
    }

    [Fact]
    public async Task Timeout_Enormous_IsNone()
    {
        await using RawServer server = await RawServer.StartAsync();

        await server.Peer.SendAsync(RawPeer.Request(1, "Say", new Ping { Number = 9 }, timeout: long.MaxValue));
        (_, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal(9, Pong.Parser.ParseFrom(response.Payload).Number);
    }

    [Fact]
    public async Task Metadata_TooMany_IsRefused()
    {
        await using RawServer server = await RawServer.StartAsync();
        var request = new Oracle.Request { Service = "kata.test.Echo", Method = "Say" };
        request.Metadata.AddRange(Enumerable.Repeat(new Oracle.KeyValue { Key = "k" }, 100_000));

        await server.Peer.SendAsync(RawPeer.Frame(1, 1, 0, request));
        (_, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal((int)StatusCode.InvalidArgument, response.Status.Code);
    }

    [Fact]
    public async Task Metadata_NotExpressible_IsPassedOver()
    {
        Metadata? seen = null;
        var service = new EchoService();
        service.OnSay = (_, context) =>
        {
            seen = context.RequestHeaders;
            return Task.FromResult(new Pong());
        };
        await using RawServer server = await RawServer.StartAsync(service);
        var request = new Oracle.Request { Service = "kata.test.Echo", Method = "Say" };
        request.Metadata.Add(new Oracle.KeyValue { Key = "two words", Value = "x" });
        request.Metadata.Add(new Oracle.KeyValue { Value = "no key" });
        request.Metadata.Add(new Oracle.KeyValue { Key = "odd-bin", Value = "***" });
        request.Metadata.Add(new Oracle.KeyValue { Key = "Good", Value = "yes" });

        await server.Peer.SendAsync(RawPeer.Frame(1, 1, 0, request));
        await server.Peer.ReceiveResponseAsync();

        Assert.Equal(["good"], seen!.Select(entry => entry.Key));
    }

    [Fact]
    public async Task Data_OnUnaryStream_EndsIt()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new EchoService();
        service.OnSay = async (ping, context) =>
        {
            if (ping.Number == 0)
            {
                entered.SetResult();
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }

            return new Pong { Number = ping.Number };
        };
        await using RawServer server = await RawServer.StartAsync(service);
        await server.Peer.SendAsync(RawPeer.Request(1, "Say", new Ping()));
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);

        await server.Peer.SendAsync(RawPeer.Frame(1, 3, 0, new Ping()));
        (_, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal((int)StatusCode.InvalidArgument, response.Status.Code);
        await server.AssertServesAsync(3);
    }

    [Fact]
    public async Task Data_Garbage_EndsStream()
    {
        var service = new EchoService
        {
            OnSum = async (reader, context) =>
            {
                while (await reader.MoveNext(context.CancellationToken))
                {
                }

                return new Pong();
            },
        };
        await using RawServer server = await RawServer.StartAsync(service);
        await server.Peer.SendAsync(RawPeer.Request(1, "Sum", new Ping(), flags: 2));

        await server.Peer.SendHexAsync("00000001 00000001 03 00 ff");
        (_, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();
        await server.Peer.SendHexAsync("00000001 00000001 03 00 ff");

        Assert.Equal((int)StatusCode.InvalidArgument, response.Status.Code);
        await server.AssertServesAsync(3);
    }

    [Fact]
    public async Task Requests_TooManyAtOnce_AreRefusedAndOthersGoOn()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new EchoService();
        service.OnSay = async (ping, _) =>
        {
            await release.Task;
            return new Pong { Number = ping.Number };
        };
        await using RawServer server = await RawServer.StartAsync(service, new TtrpcServerOptions { MaxConcurrentRequests = 2 });

        await server.Peer.SendAsync(RawPeer.Request(1, "Say", new Ping { Number = 1 }));
        await server.Peer.SendAsync(RawPeer.Request(3, "Say", new Ping { Number = 3 }));
        await server.Peer.SendAsync(RawPeer.Request(5, "Say", new Ping { Number = 5 }));
        (uint refused, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();
        release.SetResult();
        (uint first, _) = await server.Peer.ReceiveResponseAsync();
        (uint second, _) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal(5u, refused);
        Assert.Equal((int)StatusCode.ResourceExhausted, response.Status.Code);
        Assert.Equal([1u, 3u], new[] { first, second }.Order());
    }

    [Fact]
    public async Task Nonsense_WithoutReadingAnswers_IsHeldBack()
    {
        await using RawServer server = await RawServer.StartAsync(options: new TtrpcServerOptions { MaxQueuedBytes = 64 * 1024 });
        byte[] nonsense = [.. Enumerable.Repeat(Convert.FromHexString("00000000000000020100"), 1000).SelectMany(frame => frame)];

        // Were it not held back, the server would take this for ever and keep the answers.
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        Task flood = Task.Run(
            async () =>
            {
                for (int i = 0; i < 10_000; i++)
                {
                    await server.Peer.SendAsync(nonsense).WaitAsync(enough.Token);
                }
            },
            Cancelled);
        Task first = await Task.WhenAny(flood, Task.Delay(TimeSpan.FromSeconds(2), Cancelled));
        await enough.CancelAsync();

        Assert.NotSame(flood, first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flood);
    }

    [Fact]
    public async Task Text_InvalidUtf8_NeverReachesTheLogOrReplyRaw()
    {
        await using RawServer server = await RawServer.StartAsync();
        var body = new List<byte> { 0x0a, 4 };
        body.AddRange(Encoding.Latin1.GetBytes("a\n\u001b\u00ff"));

        await server.Peer.SendAsync(RawPeer.Frame(1, 1, 0, [.. body]));
        (_, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();

        Assert.DoesNotContain('\n', response.Status.Message);
        Assert.DoesNotContain('\u001b', response.Status.Message);
    }
}
