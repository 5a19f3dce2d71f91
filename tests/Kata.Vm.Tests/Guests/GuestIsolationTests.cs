using Kata.Linux.Security;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Kata.Testing.Builds;

namespace Kata.Vm.Tests.Guests;

/// <summary>What a container with every capability and without any limit can do to a guest that runs from an initrd: nothing to the agent.</summary>
public sealed class GuestIsolationTests(GuestIsolationTests.Guest guest) : IClassFixture<GuestIsolationTests.Guest>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentVm Vm => guest.Vm;

    [Fact]
    public async Task Privileged_TakesItsRootAway_DoesNotSeeTheInitrd()
    {
        Spec spec = Privileged("uncover", "umount -l / 2>&1; nsenter --mount=/proc/1/ns/mnt /bin/ls / | tr '\\n' ' '; test -e /init && echo init; unshare -m sh -c 'umount -l / 2>&1'; echo done");

        ContainerRun run = await Vm.Containers.RunAsync("uncover", spec);

        Assert.StartsWith("umount: can't unmount /: Invalid argument\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("init", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("rootfs", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("umount: can't unmount /: Invalid argument\ndone\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Privileged_LooksForTheAgent_DoesNotFindIt()
    {
        Spec spec = Privileged("look", "mount -t proc p /mnt && cat /mnt/[0-9]*/comm | sort -u; mount -t tracefs t /data 2>/dev/null && echo traces; for p in /mnt/[0-9]*; do readlink $p/exe; done | grep -v busybox; kill -9 -1; echo alive");

        ContainerRun run = await Vm.Containers.RunAsync("look", spec);

        Assert.DoesNotContain("kata", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("traces", run.Output, StringComparison.Ordinal);
        await RequireServingAsync();
    }

    [Fact]
    public async Task Memory_FilledWithoutALimit_CostsTheContainerAlone()
    {
        ContainerRun run = await Vm.Containers.RunAsync("hog", Privileged("hog", "tail /dev/zero; echo $?"));

        Assert.True(run.Code == 137 || run.Output == "137\n", $"{run}");
        await RequireServingAsync();
    }

    [Fact]
    public async Task ForkBomb_WithoutALimit_CanBeKilled()
    {
        await Vm.Containers.StartAsync(new CreateContainerRequest { ContainerId = "bomb", ExecId = "bomb", OCI = Privileged("bomb", "echo ready; while true; do sleep 1000 & done 2>/dev/null; sleep 1000") });
        StatsContainerResponse stats = await Vm.Agent.StatsContainerAsync(new StatsContainerRequest { ContainerId = "bomb" }, cancellationToken: Token);

        await RequireServingAsync();
        await Vm.Containers.RemoveAsync("bomb");

        Assert.True(stats.CgroupStats.PidsStats.Limit > 0);
        await RequireServingAsync();
    }

    [Fact]
    public async Task Privileged_LoadsAModuleOfTheKernel_IsRefused()
    {
        ContainerRun run = await Vm.Containers.RunAsync("insmod", Privileged("insmod", "busybox insmod /data/module.ko && echo loaded; cat /proc/modules"));

        Assert.Equal(string.Empty, run.Output);
        Assert.Contains("Operation not permitted", run.Error, StringComparison.Ordinal);
    }

    /// <summary>The kernel starts what core_pattern names outside all containers, as root: it must not be worth anything.</summary>
    [Fact]
    public async Task Privileged_HasTheKernelStartAProgram_ItHasNoCapabilities()
    {
        const string Program = "#!/rootfs/bin/busybox sh\n/rootfs/bin/busybox grep -E 'Cap(Prm|Eff)' /proc/self/status > /rootfs/data/capabilities\n";
        Spec spec = Privileged("core", $"""
            mount -o remount,rw /proc/sys 2>/dev/null
            printf "{Program}" > /data/dump && chmod 755 /data/dump
            echo '|/rootfs/data/dump' > /proc/sys/kernel/core_pattern
            sh -c 'kill -SEGV $$'
            for i in $(seq 500); do test -s /data/capabilities && break; usleep 10000; done
            cat /data/capabilities
            echo core > /proc/sys/kernel/core_pattern
            """);

        ContainerRun run = await Vm.Containers.RunAsync("core", spec);

        Assert.Equal("CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n", run.Output);
    }

    [Fact]
    public async Task Privileged_Reboots_EndsItselfAlone()
    {
        ContainerRun run = await Vm.Containers.RunAsync("reboot", Privileged("reboot", "busybox reboot -f; busybox poweroff -f; sleep 1000"));

        Assert.Contains(run.Code, (int[])[129, 130]); // the kernel ends the pid namespace by SIGHUP or SIGINT
        await RequireServingAsync();
    }

    /// <summary>Ways into a kernel that do not depend on a mistake: its memory, another kernel, ports; and it is newer than CVE-2022-0847.</summary>
    [Fact]
    public async Task Kernel_Ours_HasNoOpenDoors()
    {
        ContainerRun run = await Vm.Containers.RunAsync("doors", Privileged("doors", """
            for file in /proc/kcore /sys/kernel/debug/tracing /sys/bus/cpu/drivers/msr /proc/sys/kernel/kexec_load_disabled; do test -e $file && echo $file; done
            grep -E ' (mem|kmem|port|msr|cpuid)$' /proc/devices /proc/misc
            mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem
            cat /proc/sys/kernel/modules_disabled /proc/sys/dev/tty/ldisc_autoload
            uname -r
            """));

        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(["1", "0"], lines[..^1].Where(line => !line.EndsWith("/proc/devices:  1 mem", StringComparison.Ordinal)));
        Assert.Contains("Operation not permitted", run.Error, StringComparison.Ordinal);
        Assert.True(Version.Parse(lines[^1].Split('-')[0]) >= new Version(5, 16, 11), lines[^1]);
    }

    private static Spec WithAll(Spec spec)
    {
        string[] all = [.. Enum.GetValues<Capability>().Select(CapabilitySet.NameOf)];
        spec.Process.Capabilities = new LinuxCapabilities { Bounding = { all }, Effective = { all }, Permitted = { all } };
        spec.Process.NoNewPrivileges = false;
        return spec;
    }

    private Spec Privileged(string id, string script) => WithAll(Vm.Containers.NewSpec(id, "sh", "-c", script));

    private async Task RequireServingAsync()
    {
        Assert.Equal("0.0.1", (await Vm.Health.VersionAsync(new CheckRequest(), cancellationToken: Token)).GrpcVersion);
        Assert.Equal(0, (await Vm.Containers.RunAsync("serves", Vm.Containers.NewSpec("serves", "true"))).Code);
    }

    public sealed class Guest : IAsyncLifetime
    {
        public AgentVm Vm { get; } = new();

        public async ValueTask InitializeAsync()
        {
            string module = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(BuildOutput.Kernel)!, "modules"), "vsock_loopback.ko", SearchOption.AllDirectories).Single();
            string data = AgentVm.Rootfs[1..] + "/data";
            Vm.Files.Directory(AgentVm.Rootfs[1..]).Directory(data).File(data + "/module.ko", await File.ReadAllBytesAsync(module));
            await Vm.BootAsync();
        }

        public ValueTask DisposeAsync() => Vm.DisposeAsync();
    }
}
