using Kata.Oci.Runtime;
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
        Assert.Null(guest.Spec.Linux.Resources.Pids);
        Assert.Empty(guest.Spec.Linux.Resources.CPU.Cpus);
        Assert.Equal(1, guest.Spec.Linux.Resources.CPU.Quota);
        Assert.Equal(["ipc", "pid"], guest.Spec.Linux.Namespaces.Select(ns => ns.Type));
        Assert.All(guest.Spec.Linux.Namespaces, ns => Assert.Empty(ns.Path));
        Assert.False(guest.SharedPidNamespace);
    }

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
