using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Specs;

namespace Kata.Runtime.Tests;

public sealed class GuestSpecBuilderTests
{
    [Fact]
    public void Build_HostMatters_AreLeftBehind()
    {
        var spec = new Spec
        {
            Process = new Process { Args = ["sh"], SelinuxLabel = "host_t" },
            Root = new Root { Path = "/host/rootfs", Readonly = true },
            Hooks = new Hooks { Prestart = [new Hook { Path = "/bin/hook" }] },
            Linux = new LinuxSpec
            {
                CgroupsPath = "system.slice:cri:abc",
                MountLabel = "label",
                Resources = new LinuxResources
                {
                    Devices = [new LinuxDeviceCgroup { Allow = true }],
                    Pids = new LinuxPids { Limit = 5 },
                    Cpu = new LinuxCpu { Quota = 1, Cpus = "0-3", Mems = "0" },
                },
                Namespaces =
                [
                    new LinuxNamespace { Type = "network", Path = "/run/netns/x" }, new LinuxNamespace { Type = "cgroup" },
                    new LinuxNamespace { Type = "time" }, new LinuxNamespace { Type = "ipc", Path = "/proc/1/ns/ipc" },
                    new LinuxNamespace { Type = "pid" },
                ],
            },
        };

        GuestSpec guest = GuestSpecBuilder.Build(spec, "/guest/rootfs", [], seccomp: true);

        Assert.Null(guest.Spec.Hooks);
        Assert.Empty(guest.Spec.Process.SelinuxLabel);
        Assert.Equal("/guest/rootfs", guest.Spec.Root.Path);
        Assert.True(guest.Spec.Root.Readonly);
        Assert.Equal("/cri/abc", guest.Spec.Linux.CgroupsPath);
        Assert.Empty(guest.Spec.Linux.MountLabel);
        Assert.Empty(guest.Spec.Linux.Resources.Devices);
        Assert.Equal(5, guest.Spec.Linux.Resources.Pids.Limit); // its tasks are the guest's
        Assert.Empty(guest.Spec.Linux.Resources.CPU.Cpus);
        Assert.Equal(1, guest.Spec.Linux.Resources.CPU.Quota);
        Assert.Equal(["ipc", "pid"], guest.Spec.Linux.Namespaces.Select(ns => ns.Type));
        Assert.All(guest.Spec.Linux.Namespaces, ns => Assert.Empty(ns.Path));
        Assert.False(guest.SharedPidNamespace);
    }

    [Fact]
    public void Build_PolicyOfThePod_IsNoAnnotationOfTheContainer()
    {
        var spec = new Spec { Annotations = new Dictionary<string, string> { [Kata.Configuration.Annotations.Policy] = "cGFja2FnZQ==", ["other"] = "stays" } };

        GuestSpec guest = GuestSpecBuilder.Build(spec, "/guest/rootfs", [], seccomp: true);

        Assert.Equal(new Dictionary<string, string> { ["other"] = "stays" }, guest.Spec.Annotations.ToDictionary());
    }

    [Fact]
    public void Build_FieldsThatUpstreamLacks_AreSent()
    {
        var mount = new Mount { Destination = "/x", UidMappings = [new LinuxIdMapping { Size = 1 }] };
        Spec spec = Rich();

        Kata.Protocols.Oci.Spec sent = GuestSpecBuilder.Build(spec, "/r", [mount], seccomp: true).Spec;

        Assert.Equal("example.org", sent.Domainname);
        Assert.Equal(0u, sent.Process.User.Umask);
        Assert.Equal("IOPRIO_CLASS_BE", sent.Process.IOPriority.Class);
        Assert.Equal("SCHED_BATCH", sent.Process.Scheduler.Policy);
        Assert.Equal("LINUX32", sent.Linux.Personality.Domain);
        Assert.Equal(5, sent.Linux.TimeOffsets["boottime"].Secs);
        Assert.Equal(["time"], sent.Linux.Namespaces.Select(ns => ns.Type));
        Assert.Equal(38u, sent.Linux.Seccomp.DefaultErrnoRet);
        Assert.Equal("max", sent.Linux.Resources.Unified["memory.high"]);
        Assert.Equal(2u, sent.Linux.Resources.Rdma["mlx5_0"].HcaHandles);
        Assert.Equal(100u, sent.Linux.Resources.CPU.Burst);
        Assert.Equal(1, sent.Linux.Resources.CPU.Idle);
        Assert.Equal(1u, sent.Mounts[0].UIDMappings[0].Size);
    }

    [Fact]
    public void NeedsOurAgent_EachField_IsNamed()
    {
        Assert.Equal(
            [
                "domainname", "mounts[].uidMappings", "process.user.umask", "process.ioPriority", "process.scheduler", "linux.personality", "linux.timeOffsets",
                "linux.seccomp.defaultErrnoRet", "linux.resources.unified", "linux.resources.rdma", "linux.resources.cpu.burst", "linux.resources.cpu.idle",
            ],
            SpecReport.NeedsOurAgent(Rich() with { Mounts = [new Mount { Destination = "/x", UidMappings = [new LinuxIdMapping { Size = 1 }] }] }));
        Assert.Empty(SpecReport.NeedsOurAgent(new Spec
        {
            Process = new Process { User = new User() },
            Linux = new LinuxSpec { Seccomp = new LinuxSeccomp { DefaultErrnoRet = 1 }, Personality = new LinuxPersonality { Domain = "LINUX" }, Resources = new LinuxResources { Cpu = new LinuxCpu() } },
        }));
    }

    [Fact]
    public void Require_WhatNoVmCanDo_IsUnsupported()
    {
        AssertUnsupported("linux.intelRdt", new LinuxSpec { IntelRdt = new LinuxIntelRdt { ClosId = "x" } });
        AssertUnsupported("listenerPath", new LinuxSpec { Seccomp = new LinuxSeccomp { DefaultAction = "SCMP_ACT_ALLOW", ListenerPath = "/run/x" } });

        static void AssertUnsupported(string part, LinuxSpec linux)
        {
            var error = Assert.Throws<KataException>(() => SpecReport.Require(new Spec { Linux = linux }));
            Assert.Equal(ErrorCode.Unsupported, error.Code);
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WithoutEffect_WhatSpeaksOfTheHost_IsNamed()
    {
        var spec = new Spec
        {
            Process = new Process { SelinuxLabel = "x" },
            Linux = new LinuxSpec { Resources = new LinuxResources { Cpu = new LinuxCpu { Cpus = "0" }, BlockIo = new LinuxBlockIo { LeafWeight = 100 } } },
        };

        Assert.Equal(3, SpecReport.WithoutEffect(spec).Count);
        Assert.Empty(SpecReport.WithoutEffect(new Spec { Process = new Process(), Linux = new LinuxSpec { Resources = new LinuxResources { Cpu = new LinuxCpu { Shares = 5 } } } }));
    }

    private static Spec Rich() => new()
    {
        Domainname = "example.org",
        Process = new Process
        {
            User = new User { Umask = 0 },
            IoPriority = new LinuxIoPriority { Class = "IOPRIO_CLASS_BE", Priority = 1 },
            Scheduler = new LinuxScheduler { Policy = "SCHED_BATCH" },
        },
        Linux = new LinuxSpec
        {
            Personality = new LinuxPersonality { Domain = "LINUX32" },
            TimeOffsets = new Dictionary<string, LinuxTimeOffset> { ["boottime"] = new() { Secs = 5 } },
            Namespaces = [new LinuxNamespace { Type = "time" }],
            Seccomp = new LinuxSeccomp { DefaultAction = "SCMP_ACT_ERRNO", DefaultErrnoRet = 38 },
            Resources = new LinuxResources
            {
                Unified = new Dictionary<string, string> { ["memory.high"] = "max" },
                Rdma = new Dictionary<string, LinuxRdma> { ["mlx5_0"] = new() { HcaHandles = 2 } },
                Cpu = new LinuxCpu { Burst = 100, Idle = 1 },
            },
        },
    };

    [Fact]
    public void Build_PidNamespacePath_BecomesTheSharedFlag()
    {
        var spec = new Spec { Linux = new LinuxSpec { Namespaces = [new LinuxNamespace { Type = "pid", Path = "/proc/5/ns/pid" }] } };

        GuestSpec guest = GuestSpecBuilder.Build(spec, "/r", [], seccomp: true);

        Assert.True(guest.SharedPidNamespace);
        Assert.Empty(guest.Spec.Linux.Namespaces);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Build_Seccomp_FollowsTheConfiguration(bool wanted)
    {
        var spec = new Spec { Linux = new LinuxSpec { Seccomp = new LinuxSeccomp { DefaultAction = "SCMP_ACT_ERRNO" } } };

        GuestSpec guest = GuestSpecBuilder.Build(spec, "/r", [], wanted);

        Assert.Equal(wanted, guest.Spec.Linux.Seccomp is not null);
    }
}
