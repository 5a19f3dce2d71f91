using System.Buffers;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Kata.Ttrpc.Tests.Echo;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Tests;

/// <summary>Replies whose bytes stay where they were received.</summary>
public sealed class TakenBytesTests
{
    private static readonly Marshaller<Ping> Request = Marshallers.Create(ping => ping.ToByteArray(), Ping.Parser.ParseFrom);

    private static readonly Marshaller<IMemoryOwner<byte>> Taken = TtrpcBytes.MarshallerOf(Pong.DataFieldNumber);
    private static readonly Method<Ping, IMemoryOwner<byte>> Say = new(MethodType.Unary, "kata.test.Echo", "Say", Request, Taken);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(PayloadReader.LeastGivenAway - 1)]
    [InlineData(PayloadReader.LeastGivenAway)]
    [InlineData(3_000_000)]
    public async Task Take_AnyLength_IsTheField(int length)
    {
        await using EchoPair pair = await EchoPair.ConnectAsync(Answering(ping => new Pong { Text = "beside", Data = Pattern(length, ping.Number), Number = 7 }));

        for (int i = 0; i < 3; i++)
        {
            using IMemoryOwner<byte> bytes = await pair.Transport.AsyncUnaryCall(Say, null, new CallOptions(cancellationToken: Token), new Ping { Number = i });

            Assert.True(Pattern(length, i).Span.SequenceEqual(bytes.Memory.Span));
        }
    }

    [Fact]
    public async Task Take_ManyAtOnce_NoneIsOverwritten()
    {
        await using EchoPair pair = await EchoPair.ConnectAsync(Answering(ping => new Pong { Data = Pattern(ping.Number % 3 == 0 ? 100 : 100_000, ping.Number) }));

        IMemoryOwner<byte>[] all = await Task.WhenAll(Enumerable.Range(0, 60).Select(
            i => pair.Transport.AsyncUnaryCall(Say, null, new CallOptions(cancellationToken: Token), new Ping { Number = i }).ResponseAsync));

        for (int i = 0; i < all.Length; i++)
        {
            Assert.True(Pattern(i % 3 == 0 ? 100 : 100_000, i).Span.SequenceEqual(all[i].Memory.Span), $"reply {i} was changed");
            all[i].Dispose();
        }
    }

    [Fact]
    public async Task Take_MoreFramesInTheSameRead_AreWhole()
    {
        (Socket clientSocket, Socket serverSocket) = await SocketPair.ConnectAsync();
        using var server = new RawPeer(serverSocket);
        await using var client = new TtrpcClient(new NetworkStream(clientSocket, ownsSocket: true));
        AsyncUnaryCall<IMemoryOwner<byte>>[] calls =
            [.. Enumerable.Range(0, 3).Select(_ => client.AsyncUnaryCall(Say, null, new CallOptions(cancellationToken: Token), new Ping()))];
        foreach (AsyncUnaryCall<IMemoryOwner<byte>> _ in calls)
        {
            await server.ReceiveAsync();
        }

        // The second answer comes twice, which it must not; the other one is dropped.
        byte[] second = RawPeer.Response(3, null, new Pong { Data = Pattern(90_000, 2) });
        await server.SendAsync((byte[])[.. RawPeer.Response(1, null, new Pong { Data = Pattern(80_000, 1) }), .. second, .. second,
            .. RawPeer.Response(5, null, new Pong { Data = Pattern(5, 3) })]);

        int[] lengths = [80_000, 90_000, 5];
        for (int i = 0; i < calls.Length; i++)
        {
            using IMemoryOwner<byte> bytes = await calls[i];
            Assert.True(Pattern(lengths[i], i + 1).Span.SequenceEqual(bytes.Memory.Span));
        }
    }

    [Fact]
    public void Take_LargeField_IsTheReceivedArrayOnce()
    {
        byte[] message = new Pong { Data = Pattern(200_000, 1) }.ToByteArray();
        var reader = new PayloadReader(mayGiveAway: true);

        IMemoryOwner<byte> first = reader.Read(Taken, message);
        IMemoryOwner<byte> again = reader.Read(Taken, message);

        Assert.True(first.Memory.Span.Overlaps(message));
        Assert.False(again.Memory.Span.Overlaps(message));
        Assert.True(reader.TakeGivenAway());
        Assert.False(reader.TakeGivenAway());
    }

    [Fact]
    public void Take_SmallPartOfALargeArray_IsCopied()
    {
        byte[] received = new byte[1_000_000];
        byte[] message = new Pong { Data = Pattern(200_000, 1) }.ToByteArray();
        message.CopyTo(received, 0);
        var reader = new PayloadReader(mayGiveAway: true);

        IMemoryOwner<byte> bytes = reader.Read(Taken, received.AsMemory(0, message.Length));

        Assert.False(bytes.Memory.Span.Overlaps(received));
        Assert.False(reader.TakeGivenAway());
    }

    [Fact]
    public void Take_ReaderOfAServer_GivesNothingAway()
    {
        byte[] message = new Pong { Data = Pattern(200_000, 1) }.ToByteArray();
        var reader = new PayloadReader();

        using IMemoryOwner<byte> bytes = reader.Read(Taken, message);

        Assert.False(bytes.Memory.Span.Overlaps(message));
        Assert.False(reader.TakeGivenAway());
    }

    [Fact]
    public void Take_Disposed_CannotBeUsed()
    {
        var reader = new PayloadReader(mayGiveAway: true);
        IMemoryOwner<byte> bytes = reader.Read(Taken, new Pong { Data = Pattern(10, 1) }.ToByteArray());
        bytes.Dispose();
        bytes.Dispose();

        Assert.Throws<ObjectDisposedException>(() => bytes.Memory);
    }

    [Theory]
    [InlineData("", 0)] // no field at all
    [InlineData("0a0161 1005", 0)] // other fields only
    [InlineData("1a0161 1a026262", 2)] // twice: the last
    [InlineData("1a0161 1a00", 0)] // twice, the last empty
    [InlineData("f201 03616263 1a0161 a90400000000000000000d00000000", 1)] // fields of the future
    public void Take_WellFormed_FindsTheLast(string hex, int length)
    {
        using IMemoryOwner<byte> bytes = new PayloadReader().Read(Taken, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

        Assert.Equal(length, bytes.Memory.Length);
    }

    [Theory]
    [InlineData("1805")] // a number where bytes should be
    [InlineData("1a7f61")] // longer than the message
    [InlineData("1affffffffffffffffff01")] // longer than anything
    [InlineData("1b")] // a group
    [InlineData("0a7f61")] // another field that is longer than the message
    [InlineData("00")] // no field has the number 0
    [InlineData("ff")] // half a tag
    public async Task Take_Malformed_FailsTheCall(string hex)
    {
        (Socket clientSocket, Socket serverSocket) = await SocketPair.ConnectAsync();
        using var server = new RawPeer(serverSocket);
        await using var client = new TtrpcClient(new NetworkStream(clientSocket, ownsSocket: true));
        AsyncUnaryCall<IMemoryOwner<byte>> call = client.AsyncUnaryCall(Say, null, new CallOptions(cancellationToken: Token), new Ping());
        await server.ReceiveAsync();

        await server.SendAsync(RawPeer.Frame(1, 2, 0, new Oracle.Response { Payload = ByteString.CopyFrom(Convert.FromHexString(hex)) }));
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Contains("malformed", error.Status.Detail, StringComparison.Ordinal);
    }

    private static EchoService Answering(Func<Ping, Pong> answer) => new() { OnSay = (ping, _) => Task.FromResult(answer(ping)) };

    private static ByteString Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
