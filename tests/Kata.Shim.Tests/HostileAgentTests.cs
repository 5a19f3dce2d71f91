using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Events;
using Kata.Shim.Events;
using Kata.Shim.Tests.Fakes;
using Proto = Kata.Protocols.Task;
using TaskStatus = Kata.Protocols.ContainerdTypes.Status;

namespace Kata.Shim.Tests;

/// <summary>An agent that lies: what it answers may cost its own pod whatever it likes, but not the shim, containerd or another pod.</summary>
public sealed class HostileAgentTests : IAsyncDisposable
{
    private const string Injection = "\u001b[2Jcannot\r\ntime=now level=error msg=forged\u2028\u0007";

    private readonly ShimHarness _shim = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _shim.DisposeAsync();

    [Theory]
    [InlineData("another-pods-container")]
    [InlineData("../c1")]
    [InlineData("c1\n")]
    [InlineData("")]
    public async Task OomEvents_ForeignIdWithoutEnd_AreNeitherPassedOnNorKeepTheShimBusy(string id)
    {
        const int Reports = 4;
        using var asked = new SemaphoreSlim(0);
        _shim.Agent.On<GetOOMEventRequest, OOMEvent>("GetOOMEvent", (_, _) =>
        {
            asked.Release();
            return Task.FromResult(new OOMEvent { ContainerId = id });
        });
        await RunningAsync();
        await _shim.Containerd.ExpectAsync<TaskCreate>(EventTopics.Create, Token);
        await _shim.Containerd.ExpectAsync<TaskStart>(EventTopics.Start, Token);
        await NextAsync(asked);

        var clock = Stopwatch.StartNew();
        for (int report = 0; report < Reports; report++)
        {
            await NextAsync(asked);
        }

        Assert.True(clock.Elapsed > TimeSpan.FromMilliseconds(100 * Reports), $"{Reports} reports were taken in {clock.Elapsed}");
        _shim.Agent.Process("c1").Exit(0);
        await _shim.Containerd.ExpectAsync<TaskExit>(EventTopics.Exit, Token); // and nothing before it
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(256)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public async Task Exit_StatusThatNoProcessHas_Is255(int status)
    {
        await RunningAsync();

        _shim.Agent.Process("c1").Exit(status);

        Assert.Equal(255u, (await WaitAsync()).ExitStatus);
    }

    [Fact]
    public async Task Exit_ForgedWhileItIsStarted_IsAnnouncedOnceAndAfterTheStart()
    {
        var starting = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        _shim.Agent.On<StartContainerRequest, Empty>("StartContainer", async (_, _) =>
        {
            starting.SetResult();
            await ended.Task;
            return new Empty();
        });
        _shim.Agent.On<WaitProcessRequest, WaitProcessResponse>("WaitProcess", async (_, _) =>
        {
            await starting.Task;
            CloseOutput();
            ended.SetResult();
            return new WaitProcessResponse { Status = 5 };
        });
        await RunningAsync();

        Assert.Equal(5u, (await WaitAsync()).ExitStatus);
        await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c1" }, cancellationToken: Token);

        await _shim.Containerd.ExpectAsync<TaskCreate>(EventTopics.Create, Token);
        await _shim.Containerd.ExpectAsync<TaskStart>(EventTopics.Start, Token);
        Assert.Equal(5u, (await _shim.Containerd.ExpectAsync<TaskExit>(EventTopics.Exit, Token)).ExitStatus);
        await _shim.Containerd.ExpectAsync<TaskDelete>(EventTopics.Delete, Token);
    }

    [Fact]
    public async Task Start_ExitWasForgedBefore_SaysThatItHasEnded()
    {
        _shim.Agent.On<WaitProcessRequest, WaitProcessResponse>("WaitProcess", (_, _) => Task.FromResult(new WaitProcessResponse { Status = 5 }));
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        await WaitAsync();

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token));

        Assert.Equal((StatusCode.FailedPrecondition, "cannot start process c1: it has ended already, with status 5"), (error.StatusCode, error.Status.Detail));
        Assert.Equal(5u, (await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c1" }, cancellationToken: Token)).ExitStatus);
        await _shim.Containerd.ExpectAsync<TaskCreate>(EventTopics.Create, Token);
        await _shim.Containerd.ExpectAsync<TaskExit>(EventTopics.Exit, Token);
        await _shim.Containerd.ExpectAsync<TaskDelete>(EventTopics.Delete, Token);
    }

    [Fact]
    public async Task Output_MoreThanAskedFor_IsNotPassedOnAndTheExitIsSeen()
    {
        Proto.CreateTaskRequest request = _shim.Request("c1");
        request.Stdout = _shim.Fifo("out");
        Task<byte[]> output = Task.Run(() => File.ReadAllBytes(request.Stdout), Token);
        _shim.Agent.On<ReadStreamRequest, ReadStreamResponse>(
            "ReadStdout", (asked, _) => Task.FromResult(new ReadStreamResponse { Data = ByteString.CopyFrom(new byte[asked.Len + 1]) }));
        await RunningAsync(request);

        _shim.Agent.Process("c1").Exit(3);

        Assert.Equal(3u, (await WaitAsync()).ExitStatus);
        Assert.Empty(await output.WaitAsync(TimeSpan.FromSeconds(20), Token));
    }

    [Fact]
    public async Task Input_MoreTakenThanSent_EndsTheInputAlone()
    {
        Proto.CreateTaskRequest request = _shim.Request("c1");
        request.Stdin = _shim.Fifo("in");
        using var sent = new SemaphoreSlim(0);
        _shim.Agent.On<WriteStreamRequest, WriteStreamResponse>("WriteStdin", (_, _) =>
        {
            sent.Release();
            return Task.FromResult(new WriteStreamResponse { Len = uint.MaxValue });
        });
        Task writing = Task.Run(() => File.WriteAllText(request.Stdin, "hello"), Token);
        await RunningAsync(request);

        await NextAsync(sent);
        await writing;

        Assert.Equal(TaskStatus.Running, await StatusAsync());
        Assert.Single(_shim.Agent.Requests<WriteStreamRequest>("WriteStdin"));
    }

    [Fact]
    public async Task Error_WithControlCharacters_ReachesContainerdAsPrintableText()
    {
        _shim.Agent.Fail("CreateContainer", StatusCode.Internal, Injection);

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token));

        Assert.Contains("forged", error.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Status.Detail, c => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.LineSeparator);
    }

    [Fact]
    public async Task Error_OfAStart_IsBounded()
    {
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
        _shim.Agent.Fail("StartContainer", StatusCode.Internal, new string('x', 1_000_000));

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token));

        Assert.InRange(error.Status.Detail.Length, 1, 3000);
    }

    [Fact]
    public async Task Reply_LargerThanItsKindEverIs_FailsTheCallAlone()
    {
        var flood = new StatsContainerResponse { CgroupStats = new CgroupStats { BlkioStats = new BlkioStats() } };
        flood.CgroupStats.BlkioStats.IoServiceBytesRecursive.Add(Enumerable.Range(0, 200_000).Select(_ => new BlkioStatsEntry { Major = 1 }));
        _shim.Agent.On<StatsContainerRequest, StatsContainerResponse>("StatsContainer", (_, _) => Task.FromResult(flood));
        await RunningAsync();

        await Assert.ThrowsAsync<RpcException>(async () => await _shim.Client.StatsAsync(new Proto.StatsRequest { Id = "c1" }, cancellationToken: Token));

        Assert.Equal(TaskStatus.Running, await StatusAsync());
    }

    private void CloseOutput()
    {
        _shim.Agent.Process("c1").Stdout.Close();
        _shim.Agent.Process("c1").Stderr.Close();
    }

    private static async Task NextAsync(SemaphoreSlim semaphore) => Assert.True(await semaphore.WaitAsync(TimeSpan.FromSeconds(20), Token), "the shim did not ask");

    private async Task RunningAsync(Proto.CreateTaskRequest? request = null)
    {
        await _shim.Client.CreateAsync(request ?? _shim.Request("c1"), cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);
    }

    private async Task<Proto.WaitResponse> WaitAsync() =>
        await _shim.Client.WaitAsync(new Proto.WaitRequest { Id = "c1" }, deadline: DateTime.UtcNow.AddSeconds(30), cancellationToken: Token);

    private async Task<TaskStatus> StatusAsync() => (await _shim.Client.StateAsync(new Proto.StateRequest { Id = "c1" }, cancellationToken: Token)).Status;
}
