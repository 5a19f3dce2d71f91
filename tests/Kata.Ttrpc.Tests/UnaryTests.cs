using Grpc.Core;
using Kata.Primitives;
using Kata.Ttrpc.Tests.Echo;

namespace Kata.Ttrpc.Tests;

public sealed class UnaryTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_Answered_ReturnsReply()
    {
        await using EchoPair pair = await EchoPair.ConnectAsync();

        Pong pong = await pair.Client.SayAsync(new Ping { Text = "hello", Number = 7 }, cancellationToken: Cancelled);

        Assert.Equal("hello", pong.Text);
        Assert.Equal(7, pong.Number);
    }

    [Fact]
    public async Task Call_Blocking_ReturnsReply()
    {
        await using EchoPair pair = await EchoPair.ConnectAsync();

        Pong pong = await Task.Run(() => pair.Client.Say(new Ping { Text = "hello" }, cancellationToken: Cancelled), Cancelled);

        Assert.Equal("hello", pong.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RegisterForDispose_CallAnswered_DisposesAfterwards(bool fails)
    {
        var resource = new CancellationTokenSource();
        bool early = false;
        var service = new EchoService
        {
            OnSay = async (request, context) =>
            {
                context.RegisterForDispose(resource);
                await Task.Yield();
                early = IsDisposed(resource);
                return fails ? throw KataException.NotFound("nothing there") : new Pong { Text = request.Text };
            },
        };
        await using (EchoPair pair = await EchoPair.ConnectAsync(service))
        {
            Task<Pong> call = pair.Client.SayAsync(new Ping { Text = "hello" }, cancellationToken: Cancelled).ResponseAsync;
            await call.ContinueWith(_ => { }, Cancelled, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        Assert.False(early);
        Assert.True(IsDisposed(resource));
    }

    [Fact]
    public async Task Call_EmptyMessages_RoundTrip()
    {
        await using EchoPair pair = await EchoPair.ConnectAsync();

        Pong pong = await pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled);

        Assert.Equal(new Pong(), pong);
    }

    [Fact]
    public async Task Call_ManyAtOnce_EachGetsItsOwnReply()
    {
        var service = new EchoService
        {
            OnSay = async (ping, _) =>
            {
                await Task.Yield();
                return new Pong { Number = ping.Number, Data = ping.Data };
            },
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        Pong[] pongs = await Task.WhenAll(Enumerable.Range(0, 500).Select(n => pair.Client.SayAsync(
            new Ping { Number = n, Data = Google.Protobuf.ByteString.CopyFrom(new byte[n * 37]) }, cancellationToken: Cancelled).ResponseAsync));

        Assert.Equal(Enumerable.Range(0, 500), pongs.Select(pong => pong.Number));
        Assert.All(pongs, pong => Assert.Equal(pong.Number * 37, pong.Data.Length));
    }

    [Fact]
    public async Task Call_HandlerBlocks_OthersGoOn()
    {
        using var release = new ManualResetEventSlim();
        var service = new EchoService();
        service.OnSay = (ping, _) =>
        {
            if (ping.Text == "block")
            {
                release.Wait(Cancelled);
            }

            return Task.FromResult(new Pong { Text = ping.Text });
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        AsyncUnaryCall<Pong> blocked = pair.Client.SayAsync(new Ping { Text = "block" }, cancellationToken: Cancelled);
        Pong quick = await pair.Client.SayAsync(new Ping { Text = "quick" }, cancellationToken: Cancelled);
        release.Set();

        Assert.Equal("quick", quick.Text);
        Assert.Equal("block", (await blocked).Text);
    }

    [Fact]
    public async Task Call_CallerBlocksInContinuation_OthersGoOn()
    {
        await using EchoPair pair = await EchoPair.ConnectAsync();

        Task<Pong> second = pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync.ContinueWith(
            _ => pair.Client.Say(new Ping { Text = "inline" }, cancellationToken: Cancelled),
            Cancelled,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);

        Assert.Equal("inline", (await second).Text);
    }

    [Theory]
    [InlineData(ErrorCode.NotFound, StatusCode.NotFound)]
    [InlineData(ErrorCode.Unsupported, StatusCode.Unimplemented)]
    [InlineData(ErrorCode.FailedPrecondition, StatusCode.FailedPrecondition)]
    public async Task Call_HandlerThrowsKataException_FailsWithItsCode(ErrorCode thrown, StatusCode expected)
    {
        var service = new EchoService { OnSay = (_, _) => throw new KataException(thrown, "no such thing") };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(expected, error.StatusCode);
        Assert.Equal("no such thing", error.Status.Detail);
    }

    [Fact]
    public async Task Call_HandlerThrowsUnexpectedly_FailsWithMessageAndNoStack()
    {
        var service = new EchoService { OnSay = (_, _) => throw new InvalidOperationException("broken") };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(new Status(StatusCode.Unknown, "broken"), error.Status);
    }

    [Fact]
    public async Task Call_HandlerGivesStatusWithoutText_FailsWithIt()
    {
        var service = new EchoService { OnSay = (_, _) => throw new RpcException(new Status(StatusCode.Aborted, null!)) };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(new Status(StatusCode.Aborted, ""), error.Status);
    }

    [Fact]
    public async Task Call_HandlerReturnsNothing_FailsWithInternal()
    {
        var service = new EchoService { OnSay = (_, _) => Task.FromResult<Pong>(null!) };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(StatusCode.Internal, error.StatusCode);
    }

    [Fact]
    public async Task Call_HandlerSetsStatus_FailsWithIt()
    {
        var service = new EchoService
        {
            OnSay = (_, context) =>
            {
                context.Status = new Status(StatusCode.AlreadyExists, "twice");
                return Task.FromResult(new Pong());
            },
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(new Status(StatusCode.AlreadyExists, "twice"), error.Status);
    }

    [Fact]
    public async Task Call_Headers_ArriveAsMultiMap()
    {
        Metadata? seen = null;
        var service = new EchoService();
        service.OnSay = (_, context) =>
        {
            seen = context.RequestHeaders;
            return Task.FromResult(new Pong());
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        var headers = new Metadata { { "traceparent", "00-1" }, { "namespace", "a" }, { "namespace", "b" }, { "raw-bin", new byte[] { 0, 255 } } };
        await pair.Client.SayAsync(new Ping(), headers, cancellationToken: Cancelled);

        Assert.NotNull(seen);
        Assert.Equal("00-1", seen.GetValue("traceparent"));
        Assert.Equal(["a", "b"], seen.GetAll("namespace").Select(entry => entry.Value));
        Assert.Equal([0, 255], seen.GetValueBytes("raw-bin"));
    }

    [Fact]
    public async Task Call_DeadlinePasses_FailsOnBothSides()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        DateTime seen = default;
        var service = new EchoService();
        service.OnSay = async (_, context) =>
        {
            seen = context.Deadline;
            context.CancellationToken.Register(() => cancelled.SetResult());
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new Pong();
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        DateTime deadline = DateTime.UtcNow.AddMilliseconds(100);
        RpcException error = await Assert.ThrowsAsync<RpcException>(() =>
            pair.Client.SayAsync(new Ping(), deadline: deadline, cancellationToken: Cancelled).ResponseAsync);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.InRange(seen, deadline.AddSeconds(-5), deadline.AddSeconds(30));
    }

    [Fact]
    public async Task Call_Cancelled_FailsAtOnce()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new EchoService();
        service.OnSay = async (_, context) =>
        {
            entered.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new Pong();
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);
        using var source = new CancellationTokenSource();

        AsyncUnaryCall<Pong> call = pair.Client.SayAsync(new Ping(), cancellationToken: source.Token);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        await source.CancelAsync();
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Disconnect_HandlersRun_AreCancelledAndAwaited()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool ended = false;
        var service = new EchoService();
        service.OnSay = async (_, context) =>
        {
            entered.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
            finally
            {
                ended = true;
            }

            return new Pong();
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        AsyncUnaryCall<Pong> call = pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        await pair.Transport.DisposeAsync();
        await pair.Serving.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);

        Assert.True(ended);
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Fact]
    public async Task ServerStops_HandlerAnswersItsCancellation_ReplyIsSent()
    {
        EchoPair? pair = null;
        var service = new EchoService();
        service.OnSay = async (_, context) =>
        {
            await pair!.StopServerAsync();
            return new Pong { Text = "last words" };
        };
        pair = await EchoPair.ConnectAsync(service);
        await using EchoPair owned = pair;

        Pong pong = await pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled);
        await pair.Serving.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);

        Assert.Equal("last words", pong.Text);
    }

    [Fact]
    public async Task ServerStops_LastReplyIsToBeSeenOff_WaitsWithTheReplyWritten()
    {
        EchoPair? pair = null;
        var seenOff = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new EchoService
        {
            OnSay = async (_, _) =>
            {
                await pair!.StopServerAsync();
                return new Pong { Text = "last words" };
            },
        };
        pair = await EchoPair.ConnectAsync(service, new TtrpcServerOptions { SeeOff = _ => seenOff.Task });
        await using EchoPair owned = pair;

        Pong pong = await pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled);
        bool waits = !pair.Serving.IsCompleted;
        seenOff.SetResult();
        await pair.Serving.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);

        Assert.Equal(("last words", true), (pong.Text, waits));
    }

    [Fact]
    public async Task Call_AfterDisconnect_FailsWithUnavailable()
    {
        await using EchoPair pair = await EchoPair.ConnectAsync();
        await pair.Transport.DisposeAsync();

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.SayAsync(new Ping(), cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.True(pair.Transport.Closed.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Call_RequestTooLarge_FailsAndConnectionGoesOn()
    {
        await using EchoPair pair = await EchoPair.ConnectAsync();
        var large = new Ping { Data = Google.Protobuf.ByteString.CopyFrom(new byte[TtrpcLimits.MaxMessageLength]) };

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => pair.Client.SayAsync(large, cancellationToken: Cancelled).ResponseAsync);
        Pong pong = await pair.Client.SayAsync(new Ping { Text = "on" }, cancellationToken: Cancelled);

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal("on", pong.Text);
    }

    [Fact]
    public async Task Call_ReplyTooLarge_FailsAndConnectionGoesOn()
    {
        var service = new EchoService
        {
            OnSay = (ping, _) => Task.FromResult(new Pong { Data = Google.Protobuf.ByteString.CopyFrom(new byte[ping.Number]) }),
        };
        await using EchoPair pair = await EchoPair.ConnectAsync(service);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() =>
            pair.Client.SayAsync(new Ping { Number = TtrpcLimits.MaxMessageLength }, cancellationToken: Cancelled).ResponseAsync);
        Pong largest = await pair.Client.SayAsync(new Ping { Number = TtrpcLimits.MaxMessageLength - 10 }, cancellationToken: Cancelled);

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Equal(TtrpcLimits.MaxMessageLength - 10, largest.Data.Length);
    }

    private static bool IsDisposed(CancellationTokenSource source)
    {
        try
        {
            return !source.Token.CanBeCanceled;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
