using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>What there is with cgroup v2 only, the guest's default. What both versions do: <see cref="CgroupTests"/>.</summary>
public sealed class UnifiedCgroupTests(UnifiedCgroupTests.Guest guest) : IClassFixture<UnifiedCgroupTests.Guest>
{
    private AgentVm Vm => guest.Vm;

    [Fact]
    public async Task Limits_OfVersion2_AreInForce()
    {
        Spec spec = WithGroup("limits", "cd /sys/fs/cgroup; cat memory.max memory.high pids.max cpu.max cpu.max.burst cpu.weight");
        spec.Linux.Resources = new LinuxResources
        {
            Memory = new LinuxMemory { Limit = 64 << 20 },
            Pids = new LinuxPids { Limit = 77 },
            CPU = new LinuxCPU { Quota = 50000, Period = 100000, Burst = 10000, Shares = 1024 },
            Unified = { ["memory.high"] = "33554432" },
        };

        ContainerRun run = await Vm.Containers.RunAsync("limits", spec);

        Assert.Equal("67108864\n33554432\n77\n50000 100000\n10000\n39\n", run.Output + run.Error);
    }

    [Fact]
    public async Task Unified_PathInsteadOfAFile_IsRefused()
    {
        Spec spec = WithGroup("escape", "true");
        spec.Linux.Resources = new LinuxResources { Unified = { ["../cgroup.procs"] = "1" } };

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync("escape", spec));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task Controllers_ThatFewNeed_AreThereForWhoHasTheirLimitsOrMakesGroups()
    {
        const string Look = "cd /sys/fs/cgroup; cat cgroup.controllers; cat hugetlb.2MB.max";
        Spec limited = WithGroup("huge", Look);
        limited.Linux.Resources = new LinuxResources { HugepageLimits = { new LinuxHugepageLimit { Pagesize = "2MB", Limit = 4 << 20 } } };
        Spec managing = Vm.Containers.NewSpec("managing", "sh", "-c", Look);
        GuestContainers.AddMount(managing, "/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev");

        ContainerRun plain = await Vm.Containers.RunAsync("plain", WithGroup("plain", Look));
        ContainerRun huge = await Vm.Containers.RunAsync("huge", limited);
        ContainerRun all = await Vm.Containers.RunAsync("managing", managing);

        Assert.Equal("cpuset cpu io memory pids\n", plain.Output);
        Assert.Equal("cpuset cpu io memory hugetlb pids\n4194304\n", huge.Output);
        Assert.Equal("cpuset cpu io memory hugetlb pids rdma misc\nmax\n", all.Output);
    }

    [Fact]
    public async Task Devices_NotGiven_CannotBeOpened()
    {
        ContainerRun run = await Vm.Containers.RunAsync(
            "devices", WithGroup("devices", "mknod /tmp/m c 1 1 && head -c 1 /tmp/m; mknod /tmp/d b 7 0 && head -c 1 /tmp/d; head -c 1 /dev/zero | wc -c"));

        Assert.Equal("1\n", run.Output);
        Assert.Equal(2, run.Error.Split("Operation not permitted").Length - 1);
    }

    [Fact]
    public async Task Exec_CgroupNamespace_IsJoined()
    {
        Spec spec = WithGroup("joined", "sleep 1000");
        spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "cgroup" });
        await Vm.Containers.StartAsync(new CreateContainerRequest { ContainerId = "joined", ExecId = "joined", OCI = spec });

        ContainerRun run = await Vm.Containers.ExecAsync("joined", "e1", "cat", "/proc/self/cgroup");
        await Vm.Containers.RemoveAsync("joined");

        Assert.Equal("0::/\n", run.Output);
    }

    private static void AddCapability(Spec spec, string name)
    {
        spec.Process.Capabilities.Bounding.Add(name);
        spec.Process.Capabilities.Effective.Add(name);
        spec.Process.Capabilities.Permitted.Add(name);
    }

    private Spec WithGroup(string id, string script)
    {
        Spec spec = Vm.Containers.NewSpec(id, "sh", "-c", script);
        GuestContainers.AddMount(spec, "/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", "ro");
        GuestContainers.AddMount(spec, "/tmp", "tmpfs");
        return spec;
    }

    [Fact]
    public async Task Devices_RulesOfOneContainer_AreNotThoseOfTheNext()
    {
        Spec open = WithGroup("open", "mknod /tmp/m c 1 11; true < /tmp/m && echo opened");
        open.Linux.Resources = new LinuxResources { Devices = { new LinuxDeviceCgroup { Allow = true, Access = "rwm" } } };
        Spec shut = open.Clone();
        shut.Linux.CgroupsPath = "/agentvm/shut";
        shut.Linux.Resources = null;

        // The program of the last rules is kept: between two of the same kind, another.
        ContainerRun first = await Vm.Containers.RunAsync("shut", shut);
        ContainerRun second = await Vm.Containers.RunAsync("open", open);
        ContainerRun third = await Vm.Containers.RunAsync("shut", shut);
        ContainerRun fourth = await Vm.Containers.RunAsync("shut", shut);

        Assert.Equal(("", "opened\n", "", ""), (first.Output, second.Output, third.Output, fourth.Output));
        Assert.Contains("Operation not permitted", third.Error, StringComparison.Ordinal);
        Assert.Contains("Operation not permitted", fourth.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task View_NoNamespaceInTheSpecification_IsTheContainersOwnGroup()
    {
        Spec spec = WithGroup("view", "cat /proc/self/cgroup; mount -t cgroup2 c /tmp && ls -d /tmp/agentvm /tmp/view 2>/dev/null; cat /tmp/cgroup.procs | head -n 1");
        AddCapability(spec, "CAP_SYS_ADMIN");

        ContainerRun run = await Vm.Containers.RunAsync("view", spec);

        Assert.Equal("0::/\n1\n", run.Output + run.Error);
    }

    public sealed class Guest : IAsyncLifetime
    {
        public AgentVm Vm { get; } = new();

        public async ValueTask InitializeAsync() => await Vm.BootAsync();

        public ValueTask DisposeAsync() => Vm.DisposeAsync();
    }
}
