using System.Globalization;
using Kata.Client.Tests.Host;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary>Limits, their statistics and what happens at them, in guests with either version of cgroups.</summary>
public sealed class LimitTests(ClientFixture fixture)
{
    private const int Limit = 64 << 20;

    [Theory]
    [InlineData(1, "cat /sys/fs/cgroup/memory/memory.limit_in_bytes", "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us")]
    [InlineData(2, "cat /sys/fs/cgroup/memory.max", "cut -d ' ' -f 1 /sys/fs/cgroup/cpu.max")]
    public async Task Run_Limited_IsHeldCountedAndKilledWhenItExceeds(int version, string memory, string processor)
    {
        fixture.Require();
        Assert.SkipUnless(Runtimes.IsKata, "it is about the guest");
        HostSnapshot before = fixture.Snapshot();
        string id = fixture.NewId($"cg{version}");
        string configuration = fixture.WriteConfiguration($"cgroup{version}", ("kernel_params", $"\"agent.unified_cgroup_hierarchy={(version == 2 ? "1" : "0")}\""));
        string log = Path.Combine(fixture.Directory, $"oom{version}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task events = Command.RunAsync(
            "bash", ["-c", $"exec ctr --address {fixture.Containerd.Socket} events > {log}"], new CommandOptions { Deadline = TimeSpan.FromSeconds(120) }, stop.Token);
        await fixture.WaitForEventsAsync(log);
        string[] options = ["--detach", "--null-io", "--mount", "type=cgroup,src=cgroup,dst=/sys/fs/cgroup,options=ro:nosuid:noexec:nodev", "--memory-limit", Limit.ToString(CultureInfo.InvariantCulture), "--cpus", "0.5"];
        (await fixture.CtrAsync(fixture.RunArguments(id, options, ["sleep", "1000"], configuration))).EnsureSuccess();

        Assert.Equal($"{Limit}\n", (await fixture.ExecAsync(id, ["sh", "-c", memory])).EnsureSuccess().Output);
        Assert.Equal("50000\n", (await fixture.ExecAsync(id, ["sh", "-c", processor])).EnsureSuccess().Output);
        string metrics = (await fixture.CtrAsync(["task", "metrics", id])).EnsureSuccess().Output;
        AssertMetrics(version, metrics);

        // tail keeps all of a line that never ends.
        CommandResult killed = await fixture.ExecAsync(id, ["tail", "/dev/zero"]);
        Assert.Equal(137, killed.ExitCode);
        await ClientFixture.WaitUntilAsync(
            "the OOM event", () => Task.FromResult(File.ReadAllText(log).Contains($"/tasks/oom {{\"container_id\":\"{id}\"}}", StringComparison.Ordinal)), TimeSpan.FromSeconds(15));
        Assert.Equal("alive\n", (await fixture.ExecAsync(id, ["echo", "alive"])).EnsureSuccess().Output);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => events);
        await fixture.RemoveAsync(id);
        await fixture.AssertNothingLeftAsync(before);
    }

    private static void AssertMetrics(int version, string metrics)
    {
        string[] names = version == 1
            ? ["memory.usage_in_bytes", "memory.limit_in_bytes", "memory.stat.cache", "cpuacct.usage", "pids.current", "pids.limit"]
            : ["pids.current", "pids.limit", "cpu.usage_usec", "cpu.user_usec", "cpu.system_usec", "memory.usage", "memory.usage_limit"];
        foreach (string name in names.Where(name => name is not "pids.limit"))
        {
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        }

        Assert.Contains(Limit.ToString(CultureInfo.InvariantCulture), metrics, StringComparison.Ordinal);
    }
}
