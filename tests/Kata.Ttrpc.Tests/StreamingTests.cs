using Grpc.Core;
using Kata.Ttrpc.Tests.Echo;

namespace Kata.Ttrpc.Tests;

public sealed class StreamingTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ServerStream_SomeMessages_ArriveInOrderAndEnd()
    {
        var service = new EchoService { OnCount = CountAsync };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        using AsyncServerStreamingCall<Pong> call = pair.Client.Count(new Ping { Number = 1000 }, cancellationToken: Cancelled);
        List<int> numbers = await ReadAllAsync(call.ResponseStream);

        Assert.Equal(Enumerable.Range(0, 1000), numbers);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task ServerStream_None_EndsAtOnce()
    {
        var service = new EchoService { OnCount = CountAsync };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        using AsyncServerStreamingCall<Pong> call = pair.Client.Count(new Ping(), cancellationToken: Cancelled);

        Assert.Empty(await ReadAllAsync(call.ResponseStream));
    }

    [Fact]
    public async Task ServerStream_HandlerFailsMidway_ReaderGetsMessagesThenError()
    {
        var service = new EchoService
        {
            OnCount = async (_, writer, _) =>
            {
                await writer.WriteAsync(new Pong { Number = 1 });
                throw new RpcException(new Status(StatusCode.DataLoss, "gone"));
            },
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        using AsyncServerStreamingCall<Pong> call = pair.Client.Count(new Ping(), cancellationToken: Cancelled);
        bool first = await call.ResponseStream.MoveNext(Cancelled);
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancelled));

        Assert.True(first);
        Assert.Equal(new Status(StatusCode.DataLoss, "gone"), error.Status);
    }

    [Fact]
    public async Task ServerStream_ReaderIsSlow_WriterIsHeldBack()
    {
        int written = 0;
        var service = new EchoService
        {
            OnCount = async (_, writer, context) =>
            {
                for (; written < 4000; written++)
                {
                    context.CancellationToken.ThrowIfCancellationRequested();
                    await writer.WriteAsync(new Pong { Number = written, Data = Google.Protobuf.ByteString.CopyFrom(new byte[64 * 1024]) });
                }
            },
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        using AsyncServerStreamingCall<Pong> call = pair.Client.Count(new Ping(), cancellationToken: Cancelled);
        Assert.True(await call.ResponseStream.MoveNext(Cancelled));
        int before;
        do
        {
            before = Volatile.Read(ref written);
            await Task.Delay(TimeSpan.FromMilliseconds(200), Cancelled);
        }
        while (before != Volatile.Read(ref written));

        // The reader's queue, the socket's buffers and the sender's queue are full, and that is far from all.
        Assert.InRange(before, 1, 1000);
        int read = 1;
        while (await call.ResponseStream.MoveNext(Cancelled))
        {
            Assert.Equal(read++, call.ResponseStream.Current.Number);
        }

        Assert.Equal(4000, read);
    }

    [Fact]
    public async Task ClientStream_SomeMessages_AreSummed()
    {
        var service = new EchoService { OnSum = SumAsync };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        using AsyncClientStreamingCall<Ping, Pong> call = pair.Client.Sum(cancellationToken: Cancelled);
        for (int i = 1; i <= 100; i++)
        {
            await call.RequestStream.WriteAsync(new Ping { Number = i }, Cancelled);
        }

        await call.RequestStream.CompleteAsync();

        Assert.Equal(5050, (await call.ResponseAsync).Number);
    }

    [Fact]
    public async Task ClientStream_HandlerAnswersEarly_WriterIsToldAndResponseIsThere()
    {
        var service = new EchoService
        {
            OnSum = async (reader, _) => new Pong { Number = await reader.MoveNext(CancellationToken.None) ? reader.Current.Number : -1 },
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        using AsyncClientStreamingCall<Ping, Pong> call = pair.Client.Sum(cancellationToken: Cancelled);
        await call.RequestStream.WriteAsync(new Ping { Number = 5 }, Cancelled);
        Pong pong = await call.ResponseAsync;

        Assert.Equal(5, pong.Number);
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new Ping(), Cancelled));
        Assert.Equal(6, (await pair.Client.SayAsync(new Ping { Number = 6 }, cancellationToken: Cancelled)).Number);
    }

    [Fact]
    public async Task Duplex_PingPong_Alternates()
    {
        var service = new EchoService { OnChat = ChatAsync };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        using AsyncDuplexStreamingCall<Ping, Pong> call = pair.Client.Chat(cancellationToken: Cancelled);
        for (int i = 0; i < 100; i++)
        {
            await call.RequestStream.WriteAsync(new Ping { Number = i }, Cancelled);
            Assert.True(await call.ResponseStream.MoveNext(Cancelled));
            Assert.Equal(i, call.ResponseStream.Current.Number);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Cancelled));
    }

    [Fact]
    public async Task Duplex_ManyStreams_DoNotMix()
    {
        var service = new EchoService { OnChat = ChatAsync };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async stream =>
        {
            using AsyncDuplexStreamingCall<Ping, Pong> call = pair.Client.Chat(cancellationToken: Cancelled);
            for (int i = 0; i < 40; i++)
            {
                await call.RequestStream.WriteAsync(new Ping { Number = stream * 1000 + i }, Cancelled);
            }

            await call.RequestStream.CompleteAsync();
            Assert.Equal(Enumerable.Range(stream * 1000, 40), await ReadAllAsync(call.ResponseStream));
        }));
    }

    [Fact]
    public async Task Duplex_Disposed_HandlerEndsWithItsConnection()
    {
        var service = new EchoService { OnChat = ChatAsync };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        AsyncDuplexStreamingCall<Ping, Pong> call = pair.Client.Chat(cancellationToken: Cancelled);
        await call.RequestStream.WriteAsync(new Ping { Number = 1 }, Cancelled);
        call.Dispose();
        await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(Cancelled))
            {
            }
        });
        await pair.Transport.DisposeAsync();

        await pair.Serving.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
    }

    [Fact]
    public async Task Duplex_Deadline_EndsBothSides()
    {
        var ended = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new EchoService
        {
            OnChat = async (reader, _, _) =>
            {
                try
                {
                    await reader.MoveNext(CancellationToken.None);
                }
                catch (OperationCanceledException error)
                {
                    ended.SetResult(error);
                    throw;
                }
            },
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        using AsyncDuplexStreamingCall<Ping, Pong> call = pair.Client.Chat(deadline: DateTime.UtcNow.AddMilliseconds(100), cancellationToken: Cancelled);
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancelled));

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
    }

    private static async Task CountAsync(Ping ping, IServerStreamWriter<Pong> writer, ServerCallContext context)
    {
        for (int i = 0; i < ping.Number; i++)
        {
            await writer.WriteAsync(new Pong { Number = i });
        }
    }

    private static async Task<Pong> SumAsync(IAsyncStreamReader<Ping> reader, ServerCallContext context)
    {
        int sum = 0;
        while (await reader.MoveNext(context.CancellationToken))
        {
            sum += reader.Current.Number;
        }

        return new Pong { Number = sum };
    }

    private static async Task ChatAsync(IAsyncStreamReader<Ping> reader, IServerStreamWriter<Pong> writer, ServerCallContext context)
    {
        while (await reader.MoveNext(context.CancellationToken))
        {
            await writer.WriteAsync(new Pong { Number = reader.Current.Number });
        }
    }

    private static async Task<List<int>> ReadAllAsync(IAsyncStreamReader<Pong> reader)
    {
        var numbers = new List<int>();
        while (await reader.MoveNext(Cancelled))
        {
            numbers.Add(reader.Current.Number);
        }

        return numbers;
    }
}
