using System.Diagnostics;
using Kata.Client.Tests.Host;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary>Whatever is killed and whenever: containerd hears of it, nothing is left, and the next container works.</summary>
public sealed class KillTests(ClientFixture fixture)
{
    private static readonly TimeSpan Appears = TimeSpan.FromSeconds(20);

    // Far below the boot deadline: the death itself must be noticed.
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(25);

    [Theory]
    [InlineData("containerd-shim-kata-v2")]
    [InlineData("qemu-system")]
    [InlineData("virtiofsd")]
    public async Task Kill_DuringCreate_FailsAndLeavesNothing(string victim)
    {
        RequireKata();
        HostSnapshot before = fixture.Snapshot();
        string id = fixture.NewId("kcreate");
        Task<CommandResult> run = fixture.RunAsync(id, ["sleep", "1000"], with: new CommandOptions { Deadline = Noticed + Appears });

        // QEMU is there in the middle of a create, whoever the victim is.
        await ProcessTable.WaitForAsync(entry => Is(entry, "qemu-system", id), Appears, TestContext.Current.CancellationToken);
        await KillAsync(victim, id);
        CommandResult result = await run;

        Assert.NotEqual(0, result.ExitCode);
        await AfterwardsAsync(id, before);
    }

    [Theory]
    [InlineData("containerd-shim-kata-v2")]
    [InlineData("qemu-system")]
    [InlineData("virtiofsd")]
    public async Task Kill_DuringRun_StopsTheTaskAndLeavesNothing(string victim)
    {
        RequireKata();
        HostSnapshot before = fixture.Snapshot();
        string id = fixture.NewId("krun");
        Task<CommandResult> run = fixture.RunAsync(id, ["sleep", "1000"], with: new CommandOptions { Deadline = Noticed + Appears });
        await RunningAsync(id, run);

        var clock = Stopwatch.StartNew();
        await KillAsync(victim, id);
        CommandResult result = await run;

        Assert.NotEqual(0, result.ExitCode);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await AfterwardsAsync(id, before);
    }

    [Theory]
    [InlineData("containerd-shim-kata-v2")]
    [InlineData("qemu-system")]
    [InlineData("virtiofsd")]
    public async Task Kill_DuringExec_EndsItAndLeavesNothing(string victim)
    {
        RequireKata();
        HostSnapshot before = fixture.Snapshot();
        string id = fixture.NewId("kexec");
        Task<CommandResult> run = fixture.RunAsync(id, ["sleep", "1000"], with: new CommandOptions { Deadline = Noticed + Appears });
        await RunningAsync(id, run);
        Task<CommandResult> exec = fixture.ExecAsync(id, ["sh", "-c", "touch /tmp/up; sleep 1000"], with: new CommandOptions { Deadline = Noticed + Appears });
        await fixture.WaitForFileAsync(id, "/tmp/up");

        await KillAsync(victim, id);

        Assert.NotEqual(0, (await run).ExitCode);
        Assert.NotEqual(0, (await exec).ExitCode);
        await AfterwardsAsync(id, before);
    }

    private static bool Is(ProcessEntry entry, string program, string id) =>
        entry.Name.StartsWith(program, StringComparison.Ordinal)
        && entry.CommandLine.Contains(id, StringComparison.Ordinal)
        && !entry.CommandLine.EndsWith(" start", StringComparison.Ordinal)
        && !entry.CommandLine.EndsWith(" delete", StringComparison.Ordinal);

    private static async Task KillAsync(string victim, string id) =>
        ProcessTable.Kill(await ProcessTable.WaitForAsync(entry => Is(entry, victim, id), Appears, TestContext.Current.CancellationToken));

    private void RequireKata()
    {
        fixture.Require();
        Assert.SkipUnless(Runtimes.IsKata, "the processes of our runtime are what is killed");
    }

    private Task RunningAsync(string id, Task<CommandResult> run) => ClientFixture.WaitUntilAsync(
        "running",
        async () => run.IsCompleted ? throw new InvalidOperationException((await run).ToString()) : await fixture.StateAsync(id) == "RUNNING",
        Appears);

    private async Task AfterwardsAsync(string id, HostSnapshot before)
    {
        Assert.Contains(await fixture.StateAsync(id), (string?[])[null, "STOPPED"]);
        await fixture.RemoveAsync(id);
        await fixture.AssertNothingLeftAsync(before);

        CommandResult next = await fixture.RunAsync(fixture.NewId("next"), ["echo", "works"]);
        Assert.Equal("works\n", next.EnsureSuccess().Output);
        await fixture.AssertNothingLeftAsync(before);
    }
}
