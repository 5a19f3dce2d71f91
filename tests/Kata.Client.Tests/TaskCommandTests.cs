using Kata.Client.Tests.Host;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary><c>ctr task …</c> on a running container, and the events it causes.</summary>
public sealed class TaskCommandTests(ClientFixture fixture)
{
    [Fact]
    public async Task Exec_ExitCodeUserAndPlace_AreAsAsked()
    {
        fixture.Require();
        string id = fixture.NewId("exec");
        await fixture.StartAsync(id, ["sleep", "1000"]);

        CommandResult code = await fixture.ExecAsync(id, ["sh", "-c", "exit 7"]);
        CommandResult user = await fixture.ExecAsync(id, ["id"], ["--user", "1000:1000"]);
        CommandResult place = await fixture.ExecAsync(id, ["pwd"], ["--cwd", "/tmp"]);
        CommandResult both = await fixture.ExecAsync(id, ["sh", "-c", "id -u; pwd; touch /srv/x 2>&1"], ["--user", "app", "--cwd", "/home/app"]);
        CommandResult missing = await fixture.ExecAsync(id, ["nope"]);
        CommandResult after = await fixture.ExecAsync(id, ["ps"]);
        await fixture.RemoveAsync(id);

        Assert.Equal(7, code.ExitCode);
        Assert.Contains("uid=1000(app) gid=1000(app)", user.Output, StringComparison.Ordinal);
        Assert.Equal("/tmp\n", place.Output);
        Assert.StartsWith("1000\n/home/app\n", both.Output, StringComparison.Ordinal);
        Assert.Contains("Permission denied", both.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, missing.ExitCode);
        Assert.Contains("nope", missing.Error, StringComparison.Ordinal);
        Assert.Contains("sleep 1000", after.EnsureSuccess().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_Signals_ReachTheProcess()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();
        string id = fixture.NewId("kill");
        await fixture.StartAsync(id, ["sh", "-c", "trap 'exit 9' USR1; touch /tmp/ready; while :; do sleep 0.1; done"]);
        await fixture.WaitForFileAsync(id, "/tmp/ready");

        (await fixture.CtrAsync(["task", "kill", "--signal", "SIGUSR1", id])).EnsureSuccess();
        await ClientFixture.WaitUntilAsync("stopped", async () => await fixture.StateAsync(id) == "STOPPED", TimeSpan.FromSeconds(10));
        CommandResult deleted = await fixture.CtrAsync(["task", "delete", id]);
        await fixture.CtrAsync(["containers", "delete", id]);

        Assert.Contains("exit code 9", deleted.Output + deleted.Error, StringComparison.Ordinal);
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Kill_UnknownTask_IsNotFound()
    {
        fixture.Require();

        CommandResult result = await fixture.CtrAsync(["task", "kill", fixture.NewId("nobody")]);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("not found", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PauseAndResume_Task_StopsAndGoesOn()
    {
        fixture.Require();
        string id = fixture.NewId("pause");
        await fixture.StartAsync(id, ["sh", "-c", "while :; do echo x >> /tmp/n; sleep 0.05; done"]);

        (await fixture.CtrAsync(["task", "pause", id])).EnsureSuccess();
        string? paused = await fixture.StateAsync(id);
        (await fixture.CtrAsync(["task", "resume", id])).EnsureSuccess();
        string? resumed = await fixture.StateAsync(id);
        CommandResult alive = await fixture.ExecAsync(id, ["sh", "-c", "a=$(wc -l < /tmp/n); sleep 0.5; b=$(wc -l < /tmp/n); test $b -gt $a"]);
        await fixture.RemoveAsync(id);

        Assert.Equal("PAUSED", paused);
        Assert.Equal("RUNNING", resumed);
        alive.EnsureSuccess();
    }

    [Fact]
    public async Task MetricsAndPs_RunningTask_ShowIt()
    {
        fixture.Require();
        string id = fixture.NewId("stats");
        await fixture.StartAsync(id, ["sleep", "1000"]);

        CommandResult metrics = await fixture.CtrAsync(["task", "metrics", id]);
        CommandResult processes = await fixture.CtrAsync(["task", "ps", id]);
        await fixture.RemoveAsync(id);

        Assert.Contains("memory.usage", metrics.EnsureSuccess().Output, StringComparison.Ordinal);
        Assert.Contains("pids.current", metrics.Output, StringComparison.Ordinal);
        Assert.True(processes.EnsureSuccess().Output.Trim().Split('\n').Length >= 2, processes.Output);
    }

    [Fact]
    public async Task Delete_RunningTask_IsRefusedWithoutForce()
    {
        fixture.Require();
        string id = fixture.NewId("delete");
        await fixture.StartAsync(id, ["sleep", "1000"]);

        CommandResult refused = await fixture.CtrAsync(["task", "delete", id]);
        string? state = await fixture.StateAsync(id);
        await fixture.RemoveAsync(id);

        Assert.Equal("RUNNING", state);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Null(await fixture.StateAsync(id));
    }

    [Fact]
    public async Task Events_OfAContainersLife_AreInOrder()
    {
        fixture.Require();
        string id = fixture.NewId("events");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        string log = Path.Combine(fixture.Directory, "events");
        Task events = Command.RunAsync(
            "bash", ["-c", $"exec ctr --address {fixture.Containerd.Socket} events > {log}"], new CommandOptions { Deadline = TimeSpan.FromSeconds(120) }, stop.Token);
        await fixture.WaitForEventsAsync(log);

        await fixture.StartAsync(id, ["sleep", "1000"]);
        await fixture.ExecAsync(id, ["sh", "-c", "exit 7"]);
        await fixture.CtrAsync(["task", "pause", id]);
        await fixture.CtrAsync(["task", "resume", id]);
        await fixture.CtrAsync(["task", "kill", "--signal", "SIGKILL", id]);
        await ClientFixture.WaitUntilAsync("stopped", async () => await fixture.StateAsync(id) == "STOPPED", TimeSpan.FromSeconds(10));
        await fixture.RemoveAsync(id);
        string[] topics = [];
        await ClientFixture.WaitUntilAsync("task deleted", () =>
        {
            topics = Topics(log, id);
            return Task.FromResult(topics.Contains("/tasks/delete"));
        }, TimeSpan.FromSeconds(10));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => events);

        Assert.Equal(
            ["/tasks/create", "/tasks/start", "/tasks/exec-added", "/tasks/exec-started", "/tasks/exit", "/tasks/paused", "/tasks/resumed", "/tasks/exit", "/tasks/delete"],
            topics);
    }

    private static string[] Topics(string log, string id) =>
    [
        .. File.ReadAllLines(log)
            .Where(line => line.Contains($"\"container_id\":\"{id}\"", StringComparison.Ordinal))
            .Select(line => line.Split(' ').First(word => word.StartsWith("/tasks/", StringComparison.Ordinal))),
    ];
}
