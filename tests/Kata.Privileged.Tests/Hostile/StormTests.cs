using System.Collections.Concurrent;
using Grpc.Core;
using Kata.AgentClient;
using Kata.Protocols.Agent;

namespace Kata.Privileged.Tests.Hostile;

/// <summary>Many callers at once who all want something else of the same few containers.</summary>
public sealed class StormTests(ConfinedAgent confined) : IClassFixture<ConfinedAgent>
{
    private const int Callers = 24;
    private const int CallsEach = 40;

    private readonly ConcurrentDictionary<string, int> _outcomes = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _problems = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_OnTheSameIds_AreAllAnsweredAndLeaveNothing()
    {
        IReadOnlyList<string> before = confined.Holdings();

        // Half of them share a connection, the others have one of their own.
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(number => Task.Run(() => CallAsync(number), Token)));
        await confined.RequireHealthyAsync("the storm");
        await RemoveAllAsync();

        Assert.Empty(_problems);
        foreach (string call in (string[])["CreateContainer OK", "StartContainer OK", "RemoveContainer OK", "ExecProcess OK"])
        {
            Assert.True(_outcomes.GetValueOrDefault(call) > 0, call + " never happened:\n" + string.Join('\n', _outcomes.Select(outcome => $"{outcome.Key} {outcome.Value}").Order(StringComparer.Ordinal)));
        }

        await Eventually.HoldsAsync(confined, before);
    }

    [Fact]
    public async Task Remove_ByManyAtOnce_SucceedsOnce()
    {
        for (int round = 0; round < 5; round++)
        {
            await confined.Connection.Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = "one", OCI = ConfinedAgent.NewSpec("one") }, cancellationToken: Token);
            await confined.Connection.Agent.StartContainerAsync(new StartContainerRequest { ContainerId = "one" }, cancellationToken: Token);
            Task<WaitProcessResponse>[] waits = [.. Enumerable.Range(0, 10).Select(_ => confined.Connection.Agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = "one" }, cancellationToken: Token).ResponseAsync)];
            StatusCode[] removals = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => StatusOf(confined.Connection.Agent.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = "one" }, cancellationToken: Token))));

            Assert.Contains(StatusCode.OK, removals);
            Assert.All(removals, status => Assert.True(status is StatusCode.OK or StatusCode.NotFound, status.ToString()));
            Assert.All(await Task.WhenAll(waits), reply => Assert.Equal(137, reply.Status));
        }
    }

    /// <summary>
    /// The late one of two removals took the id away from whoever had it by then, so that two more callers could make a container of that id: the first of
    /// them was lost with all it held.
    /// </summary>
    [Fact]
    public async Task Create_ByManyWhileTheOldOneIsRemovedByMany_LosesNone()
    {
        IReadOnlyList<string> before = confined.Holdings();
        for (int round = 0; round < 25; round++)
        {
            var create = new CreateContainerRequest { ContainerId = "again", OCI = ConfinedAgent.NewSpec("again") };
            await confined.Connection.Agent.CreateContainerAsync(create, cancellationToken: Token);
            Task<StatusCode>[] removals = [.. Enumerable.Range(0, 32).Select(_ => RemoveAsync("again"))];
            Task<int>[] creators = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                int made = 0;
                while (!removals.All(removal => removal.IsCompleted))
                {
                    made += await StatusOf(confined.Connection.Agent.CreateContainerAsync(create, cancellationToken: Token)) == StatusCode.OK ? 1 : 0;
                }

                return made;
            }))];
            await Task.WhenAll(creators);
            while (await RemoveAsync("again") == StatusCode.OK)
            {
                // One that was made last.
            }
        }

        await Eventually.HoldsAsync(confined, before);
    }

    /// <summary>What is under way when a container is removed comes to nothing, and leaves nothing: processes that are added, the watch of its memory.</summary>
    [Fact]
    public async Task Remove_BesideStartAndExecs_LeavesNothing()
    {
        IReadOnlyList<string> before = confined.Holdings();
        for (int round = 0; round < 100; round++)
        {
            await confined.Connection.Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = "busy", OCI = ConfinedAgent.NewSpec("busy") }, cancellationToken: Token);
            Task<StatusCode> start = StatusOf(confined.Connection.Agent.StartContainerAsync(new StartContainerRequest { ContainerId = "busy" }, cancellationToken: Token));
            Task<StatusCode>[] execs = [.. Enumerable.Range(0, 16).Select(number => StatusOf(confined.Connection.Agent.ExecProcessAsync(
                new ExecProcessRequest { ContainerId = "busy", ExecId = $"e{number}", Process = ConfinedAgent.NewSpec("busy").Process }, cancellationToken: Token)))];
            await (round % 2 == 0 ? Task.CompletedTask : Task.WhenAny(execs));

            Assert.Equal(StatusCode.OK, await RemoveAsync("busy"));
            Assert.All(await Task.WhenAll([start, .. execs]), status => Assert.True(status is StatusCode.OK or StatusCode.NotFound or StatusCode.FailedPrecondition, status.ToString()));
        }

        await Eventually.HoldsAsync(confined, before);
    }

    /// <summary>Killing thaws: a pause under way never saw the end of its freezing, and waited for all of its ten seconds.</summary>
    [Fact]
    public async Task Pause_BesideAKill_IsAnsweredSoon()
    {
        for (int round = 0; round < 20; round++)
        {
            await confined.Connection.Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = "cold", OCI = ConfinedAgent.NewSpec("cold") }, cancellationToken: Token);
            await confined.Connection.Agent.StartContainerAsync(new StartContainerRequest { ContainerId = "cold" }, cancellationToken: Token);
            DateTime soon = DateTime.UtcNow.AddSeconds(8);
            Task<StatusCode> pause = StatusOf(confined.Connection.Agent.PauseContainerAsync(new PauseContainerRequest { ContainerId = "cold" }, deadline: soon, cancellationToken: Token));
            Task<StatusCode>[] kills = [.. Enumerable.Range(0, 4).Select(_ => StatusOf(
                confined.Connection.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = "cold", Signal = 9 }, deadline: soon, cancellationToken: Token)))];

            StatusCode paused = await pause;
            Assert.True(paused is StatusCode.OK or StatusCode.FailedPrecondition, paused.ToString());
            Assert.All(await Task.WhenAll(kills), status => Assert.True(status is StatusCode.OK or StatusCode.FailedPrecondition, status.ToString()));
            Assert.Equal(StatusCode.OK, await RemoveAsync("cold"));
        }
    }

    [Fact]
    public async Task Create_SameIdByManyAtOnce_SucceedsOnce()
    {
        StatusCode[] creations = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => StatusOf(
            confined.Connection.Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = "same", OCI = ConfinedAgent.NewSpec("same") }, cancellationToken: Token))));
        await confined.Connection.Agent.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = "same" }, cancellationToken: Token);

        Assert.Single(creations, StatusCode.OK);
        Assert.All(creations, status => Assert.True(status is StatusCode.OK or StatusCode.AlreadyExists, status.ToString()));
    }

    [Fact]
    public async Task Callers_WhoLeaveInTheMiddle_LeaveNothing()
    {
        IReadOnlyList<string> before = confined.Holdings();
        for (int round = 0; round < 20; round++)
        {
            string id = $"gone{round % 4}";
            await using AgentConnection connection = await confined.DialAsync();
            AsyncUnaryCall<Google.Protobuf.WellKnownTypes.Empty> create = connection.Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = id, OCI = ConfinedAgent.NewSpec(id) }, cancellationToken: Token);
            await Task.WhenAny(create.ResponseAsync, Task.Delay(round * 5, Token));
            await connection.DisposeAsync();
            await StatusOf(create);
        }

        await RemoveAllAsync();

        await Eventually.HoldsAsync(confined, before);
    }

    private Task<StatusCode> RemoveAsync(string id) =>
        StatusOf(confined.Connection.Agent.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = id }, cancellationToken: Token));

    private static async Task<StatusCode> StatusOf<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            await call.ResponseAsync;
            return StatusCode.OK;
        }
        catch (RpcException error)
        {
            return error.StatusCode;
        }
    }

    private async Task CallAsync(int number)
    {
        var random = new Random(number);
        await using AgentConnection? own = number % 2 == 0 ? null : await confined.DialAsync();
        AgentService.AgentServiceClient agent = (own ?? confined.Connection).Agent;
        for (int i = 0; i < CallsEach; i++)
        {
            string id = $"s{random.Next(3)}";
            string exec = $"e{random.Next(3)}";
            DateTime soon = DateTime.UtcNow.AddMilliseconds(random.Next(20, 200));
            await (random.Next(14) switch
            {
                0 or 1 => TryAsync("CreateContainer", agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = id, OCI = ConfinedAgent.NewSpec(id) })),
                2 or 3 => TryAsync("StartContainer", agent.StartContainerAsync(new StartContainerRequest { ContainerId = id })),
                4 => TryAsync("RemoveContainer", agent.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = id, Timeout = (uint)random.Next(2) * 30 })),
                5 or 6 => TryAsync("ExecProcess", agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = id, ExecId = exec, Process = ConfinedAgent.NewSpec(id).Process })),
                7 => TryAsync("WaitProcess", agent.WaitProcessAsync(new WaitProcessRequest { ContainerId = id, ExecId = random.Next(2) == 0 ? exec : id }, deadline: soon)),
                8 => TryAsync("ReadStdout", agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = id, ExecId = exec, Len = 100 }, deadline: soon)),
                9 => TryAsync("SignalProcess", agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = id, ExecId = random.Next(2) == 0 ? exec : "", Signal = (uint)(random.Next(2) == 0 ? 9 : 18) })),
                10 => TryAsync("PauseContainer", agent.PauseContainerAsync(new PauseContainerRequest { ContainerId = id })),
                11 => TryAsync("ResumeContainer", agent.ResumeContainerAsync(new ResumeContainerRequest { ContainerId = id })),
                12 => TryAsync("StatsContainer", agent.StatsContainerAsync(new StatsContainerRequest { ContainerId = id })),
                _ => TryAsync("WriteStdin", agent.WriteStdinAsync(new WriteStreamRequest { ContainerId = id, ExecId = exec, Data = Google.Protobuf.ByteString.CopyFromUtf8("x") }, deadline: soon)),
            });
        }
    }

    private async Task TryAsync<T>(string name, AsyncUnaryCall<T> call)
    {
        StatusCode status;
        string detail = "";
        try
        {
            await call.ResponseAsync.WaitAsync(TimeSpan.FromSeconds(60), Token);
            status = StatusCode.OK;
        }
        catch (RpcException error)
        {
            (status, detail) = (error.StatusCode, error.Status.Detail);
        }

        _outcomes.AddOrUpdate($"{name} {status}", 1, (_, count) => count + 1);
        bool expected = status is StatusCode.OK or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.FailedPrecondition
            || (status is StatusCode.DeadlineExceeded or StatusCode.Cancelled && name is "WaitProcess" or "ReadStdout" or "WriteStdin");
        if (!expected)
        {
            _problems.Enqueue($"{name}: {status}: {detail}");
        }
    }

    private async Task RemoveAllAsync()
    {
        foreach (string id in (string[])["s0", "s1", "s2", "gone0", "gone1", "gone2", "gone3"])
        {
            StatusCode status = await StatusOf(confined.Connection.Agent.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = id }, cancellationToken: Token));
            Assert.True(status is StatusCode.OK or StatusCode.NotFound, $"{id}: {status}");
        }
    }
}
