using System.Globalization;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>What containers and the host get from either version of cgroups in the guest.</summary>
public abstract class CgroupTests(CgroupTests.Guest guest)
{
    private const int Limit = 64 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentVm Vm => guest.Vm;

    [Fact]
    public async Task Mount_InAContainer_IsOfTheVersion()
    {
        Spec spec = WithGroup("kind", "grep ' /sys/fs/cgroup' /proc/self/mountinfo | sed 's/.* - //' | cut -d ' ' -f 1 | sort -u | tr '\\n' ' '");

        ContainerRun run = await Vm.Containers.RunAsync("kind", spec);

        Assert.Equal(guest.Unified ? "cgroup2 " : "cgroup tmpfs ", run.Output + run.Error);
    }

    [Fact]
    public async Task Stats_OfARunningContainer_CountWhatItUses()
    {
        Spec spec = WithGroup("stats", "head -c 20000000 /dev/zero >/tmp/f; head -c 20000000 /dev/zero | md5sum; sleep 1000");
        spec.Linux.Resources = new LinuxResources { Memory = new LinuxMemory { Limit = Limit }, Pids = new LinuxPids { Limit = 33 } };
        await StartAsync("stats", spec);
        string line = System.Text.Encoding.UTF8.GetString(
            (await Vm.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = "stats", ExecId = "stats", Len = 100 }, cancellationToken: Token)).Data.Span);

        CgroupStats stats = (await Vm.Agent.StatsContainerAsync(new StatsContainerRequest { ContainerId = "stats" }, cancellationToken: Token)).CgroupStats;
        await Vm.Containers.RemoveAsync("stats");

        Assert.EndsWith("-\n", line, StringComparison.Ordinal);
        Assert.InRange(stats.MemoryStats.Usage.Usage, 20_000_000UL, (ulong)Limit);
        Assert.Equal((ulong)Limit, stats.MemoryStats.Usage.Limit);
        Assert.InRange(stats.MemoryStats.Cache, 20_000_000UL, (ulong)Limit);
        Assert.True(stats.CpuStats.CpuUsage.TotalUsage > 1_000_000);
        Assert.InRange(stats.PidsStats.Current, 1UL, 3UL);
        Assert.Equal(33UL, stats.PidsStats.Limit);
    }

    [Fact]
    public async Task Update_OfARunningContainer_ChangesItsLimits()
    {
        await StartAsync("update", WithGroup("update", "sleep 1000"));
        var request = new UpdateContainerRequest
        {
            ContainerId = "update",
            Resources = new LinuxResources { Memory = new LinuxMemory { Limit = Limit }, CPU = new LinuxCPU { Quota = 20000, Period = 50000 }, Pids = new LinuxPids { Limit = 44 } },
        };

        await Vm.Agent.UpdateContainerAsync(request, cancellationToken: Token);

        ContainerRun run = await Vm.Containers.ExecAsync("update", "e1", "sh", "-c", guest.Unified
            ? "cd /sys/fs/cgroup; cat memory.max cpu.max pids.max"
            : "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes; echo $(cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us); cat pids/pids.max");
        await Vm.Containers.RemoveAsync("update");
        Assert.Equal($"{Limit}\n20000 50000\n44\n", run.Output + run.Error);
    }

    [Fact]
    public async Task Pause_RunningContainer_StopsUntilItIsResumed()
    {
        await StartAsync("pause", WithGroup("pause", "while true; do :; done"));

        await Vm.Agent.PauseContainerAsync(new PauseContainerRequest { ContainerId = "pause" }, cancellationToken: Token);
        ulong stopped = await CpuAsync("pause");
        await Vm.Containers.RunAsync("between", WithGroup("between", "head -c 20000000 /dev/zero | md5sum"));
        ulong still = await CpuAsync("pause");
        await Vm.Agent.ResumeContainerAsync(new ResumeContainerRequest { ContainerId = "pause" }, cancellationToken: Token);
        await Vm.Containers.RunAsync("after", WithGroup("after", "head -c 20000000 /dev/zero | md5sum"));
        ulong again = await CpuAsync("pause");
        await Vm.Containers.RemoveAsync("pause");

        Assert.Equal(stopped, still);
        Assert.True(again > still, $"{again} after {still}");
    }

    [Fact]
    public async Task Memory_Exceeded_KillsAndTellsTheHost()
    {
        Task<OOMEvent> told = Vm.Agent.GetOOMEventAsync(new GetOOMEventRequest(), cancellationToken: Token).ResponseAsync;
        Spec spec = WithGroup("hungry", "tail /dev/zero; sleep 1000");
        spec.Linux.Resources = new LinuxResources { Memory = new LinuxMemory { Limit = Limit } };

        await StartAsync("hungry", spec);

        Assert.Equal("hungry", (await told.WaitAsync(TimeSpan.FromSeconds(30), Token)).ContainerId);
        await Vm.Containers.RemoveAsync("hungry");
    }

    [Theory]
    [InlineData("/kubepods/burstable/pod1/c1", "/kubepods/burstable/pod1/c1")]
    [InlineData("system.slice:cri:c2", "/cri/c2")]
    public async Task Path_NestedOrOfSystemd_IsMadeAndRemoved(string path, string group)
    {
        Spec spec = WithGroup("path", "sleep 1000");
        spec.Linux.CgroupsPath = path;
        await StartAsync("path", spec);
        string directory = (guest.Unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/pids") + group;
        await StartAsync("looker", Looker());

        ContainerRun there = await Vm.Containers.ExecAsync("looker", "e1", "sh", "-c", $"cat /mnt{directory}/pids.current");
        await Vm.Containers.RemoveAsync("path");
        ContainerRun gone = await Vm.Containers.ExecAsync("looker", "e2", "sh", "-c", $"ls -d /mnt{directory} /mnt{Path.GetDirectoryName(directory)}");
        await Vm.Containers.RemoveAsync("looker");

        Assert.Equal("1\n", there.Output + there.Error);
        Assert.Equal($"/mnt{Path.GetDirectoryName(directory)}\n", gone.Output);
    }

    [Fact]
    public async Task ManyGroups_OneAfterTheOther_LeaveNone()
    {
        await StartAsync("looker2", Looker());
        string count = guest.Unified ? "grep ^memory /proc/cgroups | cut -f 3" : "grep ^pids /proc/cgroups | cut -f 3";
        string before = (await Vm.Containers.ExecAsync("looker2", "e1", "sh", "-c", count)).Output;

        for (int i = 0; i < 20; i++)
        {
            await Vm.Containers.RunAsync(string.Create(CultureInfo.InvariantCulture, $"many{i}"), WithGroup($"many{i}", "true"));
        }

        ContainerRun after = await Vm.Containers.ExecAsync("looker2", "e2", "sh", "-c", $"i=0; while [ \"$({count})\" -gt {before.Trim()} ] && [ $i -lt 300 ]; do i=$((i+1)); usleep 100000; done; {count}");
        await Vm.Containers.RemoveAsync("looker2");

        // Less is possible: groups of earlier tests may still have been going.
        Assert.InRange(int.Parse(after.Output, CultureInfo.InvariantCulture), 1, int.Parse(before, CultureInfo.InvariantCulture));
    }

    private Spec Looker()
    {
        Spec spec = Vm.Containers.NewSpec("looker", "sleep", "1000");
        GuestContainers.AddBind(spec, "/", "/mnt", "rbind", "ro");
        return spec;
    }

    private Spec WithGroup(string id, string script)
    {
        Spec spec = Vm.Containers.NewSpec(id, "sh", "-c", script);
        GuestContainers.AddMount(spec, "/tmp", "tmpfs");
        GuestContainers.AddMount(spec, "/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", "ro");
        return spec;
    }

    private Task StartAsync(string id, Spec spec) => Vm.Containers.StartAsync(new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = spec });

    private async Task<ulong> CpuAsync(string id) =>
        (await Vm.Agent.StatsContainerAsync(new StatsContainerRequest { ContainerId = id }, cancellationToken: Token)).CgroupStats.CpuStats.CpuUsage.TotalUsage;

    /// <summary>A guest with one of the versions.</summary>
    public abstract class Guest(bool? unified) : IAsyncLifetime
    {
        /// <summary>Whether it has version 2.</summary>
        public bool Unified => unified ?? true;

        public AgentVm Vm { get; } = unified is { } value ? new() { KernelParameters = { $"agent.unified_cgroup_hierarchy={(value ? 1 : 0)}" } } : new();

        public async ValueTask InitializeAsync() => await Vm.BootAsync();

        public ValueTask DisposeAsync() => Vm.DisposeAsync();
    }
}

/// <summary>Version 2, as it is without any setting.</summary>
public sealed class CgroupTestsOnVersion2(CgroupTestsOnVersion2.Default guest) : CgroupTests(guest), IClassFixture<CgroupTestsOnVersion2.Default>
{
    public sealed class Default() : Guest(unified: null);
}

/// <summary>Version 1, which the host has to ask for.</summary>
public sealed class CgroupTestsOnVersion1(CgroupTestsOnVersion1.Legacy guest) : CgroupTests(guest), IClassFixture<CgroupTestsOnVersion1.Legacy>
{
    public sealed class Legacy() : Guest(unified: false);
}
