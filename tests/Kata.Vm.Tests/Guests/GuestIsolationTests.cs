using Kata.Linux.Security;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;

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

        public async ValueTask InitializeAsync() => await Vm.BootAsync();

        public ValueTask DisposeAsync() => Vm.DisposeAsync();
    }
}
