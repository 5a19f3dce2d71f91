using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Kata.Primitives;
using Kata.Ttrpc.Tests.Echo;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Ttrpc.Tests;

/// <summary>Replies that end with bytes from elsewhere.</summary>
public sealed class ReplyTailTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(40_000)]
    [InlineData(3_000_000)]
    public async Task EndReplyWith_AnyLength_IsTheFieldOfTheReply(int length)
    {
        var tail = new Tail(length);
        await using EchoPair pair = await EchoPair.ConnectAsync(Answering(tail));

        Pong pong = await pair.Client.SayAsync(new Ping { Text = "hello" }, cancellationToken: Token);

        Assert.Equal("hello", pong.Text);
        Assert.Equal(tail.Bytes, pong.Data);
        Assert.Equal(1, tail.Disposed);
    }

    [Fact]
    public async Task EndReplyWith_BetweenOtherReplies_KeepsTheFramesApart()
    {
        var service = new EchoService
        {
            OnSay = (ping, context) =>
            {
                if (ping.Number % 2 == 0)
                {
                    context.EndReplyWith(Pong.DataFieldNumber, new Tail(ping.Number));
                }

                return Task.FromResult(new Pong { Number = ping.Number });
            },
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        Pong[] replies = await Task.WhenAll(
            Enumerable.Range(1, 400).Select(i => pair.Client.SayAsync(new Ping { Number = i }, cancellationToken: Token).ResponseAsync));

        Assert.Equal(Enumerable.Range(1, 400), replies.Select(reply => reply.Number));
        Assert.All(replies, reply => Assert.Equal(reply.Number % 2 == 0 ? new Tail(reply.Number).Bytes : ByteString.Empty, reply.Data));
    }

    [Fact]
    public async Task EndReplyWith_OnTheWire_IsOneFrameWithItsWholeLength()
    {
        (Socket client, Socket server) = await SocketPair.ConnectAsync();
        using var peer = new RawPeer(client);
        using var transport = new NetworkStream(server, ownsSocket: true);
        var tail = new Tail(70_000);
        var ttrpc = new TtrpcServer(NullLogger.Instance);
        Kata.Ttrpc.Tests.Echo.Echo.BindService(ttrpc, Answering(tail));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task serving = ttrpc.ServeAsync(transport, stop.Token);

        await peer.SendAsync(RawPeer.Request(1, "Say", new Ping { Text = "hello" }));
        (uint stream, Oracle.Response response) = await peer.ReceiveResponseAsync();

        Assert.Equal(1u, stream);
        Assert.Equal(new Pong { Text = "hello", Data = tail.Bytes }, Pong.Parser.ParseFrom(response.Payload));
        await stop.CancelAsync();
        await serving;
    }

    [Fact]
    public async Task EndReplyWith_MoreThanAMessageMayHave_IsAnErrorAndNothingIsSent()
    {
        var tail = new Tail(TtrpcLimits.MaxMessageLength);
        await using EchoPair pair = await EchoPair.ConnectAsync(Answering(tail));

        var error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.SayAsync(new Ping(), cancellationToken: Token).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.False(tail.WasWritten);
        await tail.WhenDisposed;
    }

    [Fact]
    public async Task EndReplyWith_HandlerFailsAfterwards_DisposesTheTail()
    {
        var tail = new Tail(10);
        var service = new EchoService
        {
            OnSay = (_, context) =>
            {
                context.EndReplyWith(Pong.DataFieldNumber, tail);
                throw KataException.NotFound("nothing there");
            },
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        var error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.SayAsync(new Ping(), cancellationToken: Token).ResponseAsync);

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        await tail.WhenDisposed;
        Assert.False(tail.WasWritten);
    }

    [Fact]
    public async Task EndReplyWith_TailHasLessThanItSaid_EndsTheConnection()
    {
        var tail = new Tail(10) { Failure = new IOException("gone") };
        await using EchoPair pair = await EchoPair.ConnectAsync(Answering(tail));

        Task<Pong> call = pair.Client.SayAsync(new Ping(), cancellationToken: Token).ResponseAsync;
        await pair.Serving.WaitAsync(TimeSpan.FromSeconds(20), Token); // whoever serves closes the transport then

        Assert.Equal(1, tail.Disposed);
        await pair.Transport.DisposeAsync();
        await Assert.ThrowsAsync<RpcException>(() => call);
    }

    private static EchoService Answering(Tail tail) => new()
    {
        OnSay = (ping, context) =>
        {
            context.EndReplyWith(Pong.DataFieldNumber, tail);
            return Task.FromResult(new Pong { Text = ping.Text });
        },
    };

    private sealed class Tail : IReplyTail
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _disposals;

        public Tail(int length)
        {
            byte[] bytes = new byte[length];
            new Random(length).NextBytes(bytes);
            Bytes = ByteString.CopyFrom(bytes);
        }

        public ByteString Bytes { get; }

        public int Length => Bytes.Length;

        public Exception? Failure { get; init; }

        public bool WasWritten { get; private set; }

        public int Disposed => Volatile.Read(ref _disposals);

        public Task WhenDisposed => _disposed.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);

        public async ValueTask WriteToAsync(Stream transport, CancellationToken cancellationToken)
        {
            WasWritten = true;
            int half = Length / 2;
            await transport.WriteAsync(Bytes.Memory[..half], cancellationToken);
            await Task.Yield();
            if (Failure is not null)
            {
                throw Failure;
            }

            await transport.WriteAsync(Bytes.Memory[half..], cancellationToken);
        }

        public void Dispose()
        {
            Interlocked.Increment(ref _disposals);
            _disposed.TrySetResult();
        }
    }
}
