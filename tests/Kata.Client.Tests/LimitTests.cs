using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kata.Client.Tests.Host;
using Kata.Linux.Cgroups;
using Kata.Linux.Sockets;
using Kata.Testing.Commands;
using Kata.Ttrpc;

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
        AssertMetrics(metrics);

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

    [Theory]
    [InlineData(1, "memory/memory.limit_in_bytes memory/memory.soft_limit_in_bytes cpu/cpu.shares cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us pids/pids.max hugetlb/hugetlb.2MB.limit_in_bytes blkio/blkio.bfq.weight")]
    [InlineData(2, "memory.max memory.low cpu.weight cpu.max pids.max hugetlb.2MB.max io.bfq.weight memory.high")]
    public async Task Run_EveryLimitOfTheSpec_ReachesTheGuestAndCanBeChanged(int version, string files)
    {
        fixture.Require();
        Assert.SkipUnless(Runtimes.IsKata, "it is about the guest");
        HostSnapshot before = fixture.Snapshot();
        string id = fixture.NewId($"limits{version}");
        string directory = Directory.CreateDirectory(Path.Combine(fixture.Directory, $"limits{version}")).FullName;
        string configuration = fixture.WriteConfiguration($"limitsguest{version}", ("kernel_params", $"\"agent.unified_cgroup_hierarchy={(version == 2 ? "1" : "0")}\""));
        JsonNode spec = await fixture.NewSpecAsync(directory);
        spec["process"]!["args"] = new JsonArray("sleep", "1000");
        spec["mounts"]!.AsArray().Add(new JsonObject { ["destination"] = "/sys/fs/cgroup", ["type"] = "cgroup", ["source"] = "cgroup", ["options"] = new JsonArray("ro", "nosuid", "noexec", "nodev") });
        spec["linux"]!["resources"] = Limits(version, times: 1);
        await File.WriteAllTextAsync(Path.Combine(directory, "config.json"), spec.ToJsonString(), TestContext.Current.CancellationToken);
        (await fixture.CtrAsync(["run", "--detach", "--null-io", "--runtime", Runtimes.Name, "--runtime-config-path", configuration, "--config", Path.Combine(directory, "config.json"), id])).EnsureSuccess();

        Assert.Equal(Expected(version, times: 1), await ReadAsync());
        await UpdateAsync(id, Limits(version, times: 2));
        Assert.Equal(Expected(version, times: 2), await ReadAsync());

        await fixture.RemoveAsync(id);
        await fixture.AssertNothingLeftAsync(before);

        async Task<string[]> ReadAsync() =>
            (await fixture.ExecAsync(id, ["sh", "-c", $"cd /sys/fs/cgroup; cat {files}"])).EnsureSuccess().Output.Replace("default ", string.Empty, StringComparison.Ordinal).TrimEnd().Split('\n');
    }

    private static JsonObject Limits(int version, int times)
    {
        var limits = new JsonObject
        {
            ["memory"] = new JsonObject { ["limit"] = times * Limit, ["reservation"] = times * Limit / 2 },
            ["cpu"] = new JsonObject { ["shares"] = times * 512, ["quota"] = times * 30_000, ["period"] = 100_000 },
            ["pids"] = new JsonObject { ["limit"] = times * 77 },
            ["hugepageLimits"] = new JsonArray(new JsonObject { ["pageSize"] = "2MB", ["limit"] = times * (4 << 20) }, new JsonObject { ["pageSize"] = "1GB", ["limit"] = 0 }),
            ["blockIO"] = new JsonObject { ["weight"] = times * 300 },
        };
        if (version == 2)
        {
            limits["unified"] = new JsonObject { ["memory.high"] = $"{times * Limit / 4}" };
        }

        return limits;
    }

    private static string[] Expected(int version, int times)
    {
        string memory = $"{times * Limit}";
        string reserved = $"{times * Limit / 2}";
        string pages = $"{times * (4 << 20)}";
        return version == 1
            ? [memory, reserved, $"{times * 512}", $"{times * 30_000}", "100000", $"{times * 77}", pages, $"{times * 300}"]
            : [memory, reserved, times == 1 ? "20" : "39", $"{times * 30_000} 100000", $"{times * 77}", pages, $"{times * 300}", $"{times * Limit / 4}"];
    }

    /// <summary>What clients other than ctr do: the call of the shim itself.</summary>
    private async Task UpdateAsync(string id, JsonObject resources)
    {
        var payload = new Any { TypeUrl = "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources", Value = ByteString.CopyFromUtf8(resources.ToJsonString()) };
        await using var connection = new TtrpcClient(new FdStream(UnixSockets.ConnectFd(fixture.ShimSocket(id))));
        await new Protocols.Task.Task.TaskClient(connection).UpdateAsync(
            new Protocols.Task.UpdateTaskRequest { Id = id, Resources = payload }, cancellationToken: TestContext.Current.CancellationToken);
    }

    // Which message containerd gets is a matter of the host, whatever the guest counts by.
    private static void AssertMetrics(string metrics)
    {
        string[] names = CgroupHierarchy.Detect().Version == CgroupVersion.V1
            ? ["memory.usage_in_bytes", "memory.limit_in_bytes", "memory.stat.cache", "cpuacct.usage", "pids.current"]
            : ["pids.current", "cpu.usage_usec", "cpu.user_usec", "cpu.system_usec", "memory.usage", "memory.usage_limit"];
        foreach (string name in names)
        {
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        }

        Assert.Contains(Limit.ToString(CultureInfo.InvariantCulture), metrics, StringComparison.Ordinal);
    }
}
