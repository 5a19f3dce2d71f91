using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.AgentClient.Tests;

public sealed class AgentConnectionTests
{
    private static readonly AgentDialOptions Soon = new() { Timeout = TimeSpan.FromSeconds(20) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dial_AgentListens_AnswersCalls()
    {
        await using FakeAgent agent = FakeAgent.Start();

        await using AgentConnection connection = await AgentConnection.DialAsync(agent.Address, Soon, Cancelled);
        await connection.Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = "c1" }, cancellationToken: Cancelled);

        Assert.Equal(["Check", "CreateContainer"], agent.Calls.Select(call => call.Method));
    }

    [Fact]
    public async Task Dial_VirtioSerial_OpensASession()
    {
        await using FakeAgent agent = FakeAgent.Start();

        await using AgentConnection connection = await AgentConnection.DialAsync($"virtio-serial://{agent.SocketPath}", Soon, Cancelled);
        VersionCheckResponse version = await connection.Health.VersionAsync(new CheckRequest(), cancellationToken: Cancelled);

        Assert.Equal("fake", version.AgentVersion);
        Assert.Equal(["Version"], agent.Arrived); // the answer to the session is the sign of life
    }

    [Fact]
    public async Task Dial_HybridVsock_TriesUntilTheGuestListens()
    {
        await using FakeAgent agent = FakeAgent.Start();
        await using var vmm = new FakeHybridVsock(agent.SocketPath, refusals: 3);

        await using AgentConnection connection = await AgentConnection.DialAsync($"hvsock://{vmm.SocketPath}:1024", Soon, Cancelled);
        VersionCheckResponse version = await connection.Health.VersionAsync(new CheckRequest(), cancellationToken: Cancelled);

        Assert.Equal("fake", version.AgentVersion);
        Assert.Equal(4, vmm.Connections);
    }

    [Fact]
    public async Task Dial_DeadlineComesWhileAnAttemptFails_IsADeadlineAllTheSame()
    {
        for (int i = 0; i < 300; i++)
        {
            var options = new AgentDialOptions { Timeout = TimeSpan.FromMilliseconds(1 + (i % 8)) };

            var error = await Assert.ThrowsAsync<KataException>(() => AgentConnection.DialAsync("unix:///nowhere/agent.sock", options, Cancelled));

            Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        }
    }

    [Fact]
    public async Task Dial_AgentDoesNotServe_IsNotAlive()
    {
        await using FakeAgent agent = FakeAgent.Start();
        int asked = 0;
        agent.On<CheckRequest, HealthCheckResponse>("Check", (_, _) => Task.FromResult(new HealthCheckResponse
        {
            Status = Interlocked.Increment(ref asked) < 3
                ? HealthCheckResponse.Types.ServingStatus.NotServing
                : HealthCheckResponse.Types.ServingStatus.Serving,
        }));

        await using AgentConnection connection = await AgentConnection.DialAsync(agent.Address, Soon, Cancelled);

        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Dial_ListensLater_Waits()
    {
        string path = Path.Combine(Path.GetTempPath(), $"kata-{Guid.NewGuid():N}.sock");
        Task<AgentConnection> dialling = AgentConnection.DialAsync($"unix://{path}", Soon, Cancelled);
        await using FakeAgent agent = FakeAgent.Start();
        File.CreateSymbolicLink(path, agent.SocketPath);
        try
        {
            await using AgentConnection connection = await dialling.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Dial_NobodyThere_FailsAtDeadlineWithLastFailure()
    {
        var options = new AgentDialOptions { Timeout = TimeSpan.FromMilliseconds(200) };

        KataException error = await Assert.ThrowsAsync<KataException>(() => AgentConnection.DialAsync("unix:///no/such.sock", options, Cancelled));

        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        Assert.Contains("unix:///no/such.sock", error.Message, StringComparison.Ordinal);
        Assert.Contains("0.2 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dial_AgentNeverAnswers_FailsAtDeadline()
    {
        await using FakeAgent agent = FakeAgent.Start();
        agent.On<CheckRequest, HealthCheckResponse>("Check", async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new HealthCheckResponse();
        });
        var options = new AgentDialOptions { Timeout = TimeSpan.FromMilliseconds(300) };

        KataException error = await Assert.ThrowsAsync<KataException>(() => AgentConnection.DialAsync(agent.Address, options, Cancelled));

        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
    }

    [Fact]
    public async Task Dial_VmmDies_GivesUpWithTheReason()
    {
        string? reason = null;
        var options = new AgentDialOptions { Timeout = TimeSpan.FromSeconds(60), GiveUpReason = () => Volatile.Read(ref reason) };

        Task<AgentConnection> dialling = AgentConnection.DialAsync("unix:///no/such.sock", options, Cancelled);
        Volatile.Write(ref reason, "qemu exited with 1: no such disk");
        var watch = Stopwatch.StartNew();
        KataException error = await Assert.ThrowsAsync<KataException>(() => dialling);

        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.Equal("qemu exited with 1: no such disk", error.Message);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Dial_Cancelled_ThrowsCancelled()
    {
        using var source = new CancellationTokenSource();
        Task<AgentConnection> dialling = AgentConnection.DialAsync("unix:///no/such.sock", Soon, source.Token);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialling);
    }

    [Theory]
    [InlineData("OK 1073741824\n", null)]
    [InlineData("OK\n", null)]
    [InlineData("NOT LISTENING\n", "refused")]
    [InlineData("", "nobody listens")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789\n", "longer than")]
    public async Task Handshake_Answer_IsJudged(string answer, string? failure)
    {
        (Socket ours, Socket theirs) = await PairAsync();
        using Socket guest = theirs;
        await using var stream = new NetworkStream(ours, ownsSocket: true);
        Task handshake = HybridVsockHandshake.RunAsync(stream, 1024, TimeSpan.FromSeconds(10), TimeProvider.System, Cancelled);
        byte[] request = new byte[64];
        int length = await guest.ReceiveAsync(request, Cancelled);
        await guest.SendAsync(System.Text.Encoding.ASCII.GetBytes(answer + "rest"), Cancelled);
        if (answer.Length == 0)
        {
            guest.Shutdown(SocketShutdown.Send);
        }

        Assert.Equal("CONNECT 1024\n", System.Text.Encoding.ASCII.GetString(request, 0, length));
        if (failure is null)
        {
            await handshake;
            byte[] rest = new byte[4];
            await stream.ReadExactlyAsync(rest, Cancelled);
            Assert.Equal("rest"u8.ToArray(), rest);
        }
        else
        {
            IOException error = await Assert.ThrowsAsync<IOException>(() => handshake);
            Assert.Contains(failure, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Handshake_NoAnswer_FailsInTime()
    {
        (Socket ours, Socket theirs) = await PairAsync();
        using Socket guest = theirs;
        await using var stream = new NetworkStream(ours, ownsSocket: true);

        IOException error = await Assert.ThrowsAsync<IOException>(() =>
            HybridVsockHandshake.RunAsync(stream, 1024, TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancelled));

        Assert.Contains("within 0.1 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_StatusText_IsEscapedAndBounded()
    {
        await using FakeAgent agent = FakeAgent.Start();
        agent.Fail("StartContainer", StatusCode.NotFound, "\u001b[2J\n" + new string('x', 100_000));
        await using AgentConnection connection = await AgentConnection.DialAsync(agent.Address, Soon, Cancelled);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() =>
            connection.Agent.StartContainerAsync(new StartContainerRequest(), cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.StartsWith("\\u001b[2J\\u000a", error.Status.Detail, StringComparison.Ordinal);
        Assert.InRange(error.Status.Detail.Length, 100, 3000);
    }

    [Fact]
    public async Task Call_MoreOutputThanAskedFor_Fails()
    {
        await using FakeAgent agent = FakeAgent.Start();
        agent.On<ReadStreamRequest, ReadStreamResponse>("ReadStdout", (_, _) =>
            Task.FromResult(new ReadStreamResponse { Data = Google.Protobuf.ByteString.CopyFrom(new byte[11]) }));
        await using AgentConnection connection = await AgentConnection.DialAsync(agent.Address, Soon, Cancelled);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() =>
            connection.Agent.ReadStdoutAsync(new ReadStreamRequest { Len = 10 }, cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(StatusCode.Internal, error.StatusCode);
    }

    [Fact]
    public async Task Output_BesideTheStubs_ReadsTheSame()
    {
        await using FakeAgent agent = FakeAgent.Start();
        var data = Google.Protobuf.ByteString.CopyFrom(Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7)).ToArray());
        agent.On<ReadStreamRequest, ReadStreamResponse>("ReadStdout", (_, _) => Task.FromResult(new ReadStreamResponse { Data = data }));
        agent.On<ReadStreamRequest, ReadStreamResponse>("ReadStderr", (request, _) =>
            Task.FromResult(new ReadStreamResponse { Data = Google.Protobuf.ByteString.CopyFromUtf8($"{request.ContainerId}/{request.ExecId}") }));
        await using AgentConnection connection = await AgentConnection.DialAsync(agent.Address, Soon, Cancelled);
        var request = new ReadStreamRequest { ContainerId = "c1", ExecId = "e1", Len = 200_000 };
        var options = new CallOptions(cancellationToken: Cancelled);

        ReadStreamResponse copied = await connection.Agent.ReadStdoutAsync(request, options);
        using IMemoryOwner<byte> taken = await connection.Output.ReadStdoutAsync(request, options);
        using IMemoryOwner<byte> error = await connection.Output.ReadStderrAsync(request, options);

        Assert.Equal(data, copied.Data);
        Assert.True(data.Span.SequenceEqual(taken.Memory.Span));
        Assert.True(error.Memory.Span.SequenceEqual("c1/e1"u8));
    }

    [Fact]
    public async Task Output_MoreThanAskedFor_Fails()
    {
        await using FakeAgent agent = FakeAgent.Start();
        agent.On<ReadStreamRequest, ReadStreamResponse>("ReadStderr", (_, _) =>
            Task.FromResult(new ReadStreamResponse { Data = Google.Protobuf.ByteString.CopyFrom(new byte[11]) }));
        await using AgentConnection connection = await AgentConnection.DialAsync(agent.Address, Soon, Cancelled);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() =>
            connection.Output.ReadStderrAsync(new ReadStreamRequest { Len = 10 }, new CallOptions(cancellationToken: Cancelled)).ResponseAsync);

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Contains("more bytes than it was asked for", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ReplyOfManySmallObjects_IsRefusedUnparsed()
    {
        await using FakeAgent agent = FakeAgent.Start();
        var huge = new StatsContainerResponse();
        huge.NetworkStats.AddRange(Enumerable.Repeat(new NetworkStats(), 1_000_000));
        agent.On<StatsContainerRequest, StatsContainerResponse>("StatsContainer", (_, _) => Task.FromResult(huge));
        await using AgentConnection connection = await AgentConnection.DialAsync(agent.Address, Soon, Cancelled);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() =>
            connection.Agent.StatsContainerAsync(new StatsContainerRequest(), cancellationToken: Cancelled).ResponseAsync);

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Contains("2000000 bytes", error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Check", 30)]
    [InlineData("CreateContainer", 60)]
    [InlineData("StartContainer", 60)]
    [InlineData("WaitProcess", null)]
    [InlineData("GetOOMEvent", null)]
    [InlineData("ReadStdout", null)]
    [InlineData("ReadStderr", null)]
    [InlineData("WriteStdin", null)]
    public void Deadlines_ByMethod_AreUpstreams(string method, int? seconds) =>
        Assert.Equal(seconds is { } some ? TimeSpan.FromSeconds(some) : null, new AgentDeadlines().For(method));

    [Fact]
    public async Task Call_DeadlineOfItsClass_IsSentAndKept()
    {
        await using FakeAgent agent = FakeAgent.Start();
        var deadlines = new List<TimeSpan>();
        agent.On<StartContainerRequest, Google.Protobuf.WellKnownTypes.Empty>("StartContainer", (_, context) =>
        {
            deadlines.Add(context.Deadline - DateTime.UtcNow);
            return Task.FromResult(new Google.Protobuf.WellKnownTypes.Empty());
        });
        await using AgentConnection connection = await AgentConnection.DialAsync(agent.Address, Soon, Cancelled);

        await connection.Agent.StartContainerAsync(new StartContainerRequest(), cancellationToken: Cancelled);
        await connection.Agent.StartContainerAsync(new StartContainerRequest(), deadline: DateTime.UtcNow.AddSeconds(5), cancellationToken: Cancelled);

        Assert.InRange(deadlines[0], TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(61));
        Assert.InRange(deadlines[1], TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task Agent_Dies_CallsFailAndClosedCompletes()
    {
        await using FakeAgent agent = FakeAgent.Start();
        await using AgentConnection connection = await AgentConnection.DialAsync(agent.Address, Soon, Cancelled);
        await connection.Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = "c1" }, cancellationToken: Cancelled);

        Task<WaitProcessResponse> waiting = connection.Agent.WaitProcessAsync(
            new WaitProcessRequest { ContainerId = "c1" }, cancellationToken: Cancelled).ResponseAsync;
        await agent.StopAsync();

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => waiting);
        Assert.True(error.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled);
        await connection.Transport.Closed.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
    }

    private static async Task<(Socket Ours, Socket Theirs)> PairAsync()
    {
        var address = new UnixDomainSocketEndPoint($"\0kata-handshake-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen(1);
        var ours = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await ours.ConnectAsync(address, Cancelled);
        return (ours, await listener.AcceptAsync(Cancelled));
    }
}
