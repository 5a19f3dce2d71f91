using Grpc.Core;
using Kata.Client.Tests.Cri.Protocol;
using Kata.Client.Tests.Host;

namespace Kata.Client.Tests.Cri;

/// <summary>Pods of several containers, as the kubelet makes them.</summary>
[Collection(CriCollection.Name)]
public sealed class PodTests(CriFixture fixture)
{
    private const string BootId = "/proc/sys/kernel/random/boot_id";

    private static readonly string[] Wait = ["sleep", "1000"];

    [Fact]
    public async Task Pod_TwoContainers_ShareOneMachineAndItsNamespaces()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();
        CriPod pod = await fixture.RunPodAsync("two");
        string first = await pod.StartAsync("first", ["sh", "-c", "echo from first; echo to error >&2; sleep 1000"]);
        string second = await pod.StartAsync("second", Wait);

        Assert.Single(pod.Machines());
        Assert.Equal(await pod.ReadAsync(first, "cat", BootId), await pod.ReadAsync(second, "cat", BootId));
        Assert.NotEqual(await File.ReadAllTextAsync(BootId, TestContext.Current.CancellationToken), await pod.ReadAsync(first, "cat", BootId));
        Assert.Equal("two\n", await pod.ReadAsync(second, "hostname"));
        foreach (string shared in (string[])["ipc", "uts", "net"])
        {
            Assert.Equal(await NamespaceAsync(pod, first, shared), await NamespaceAsync(pod, second, shared));
        }

        foreach (string own in (string[])["pid", "mnt"])
        {
            Assert.NotEqual(await NamespaceAsync(pod, first, own), await NamespaceAsync(pod, second, own));
        }

        // What one puts into the pod's shared memory the other finds.
        await pod.ReadAsync(first, "sh", "-c", "echo shared > /dev/shm/note");
        Assert.Equal("shared\n", await pod.ReadAsync(second, "cat", "/dev/shm/note"));
        Assert.Equal((7, "out\n", "err\n"), await pod.ExecAsync(second, "sh", "-c", "echo out; echo err >&2; exit 7"));
        await LogsArriveAsync(pod);
        await EndOneByOneAsync(pod, first, second);
        await pod.DisposeAsync();
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Pod_SharedPidNamespace_ShowsTheOthersProcesses()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();
        static void Share(ContainerConfig container) => container.Linux.SecurityContext.NamespaceOptions.Pid = NamespaceMode.Pod;
        CriPod pod = await fixture.RunPodAsync("pids", config => config.Linux.SecurityContext.NamespaceOptions = new NamespaceOption { Pid = NamespaceMode.Pod });
        string first = await pod.StartAsync("first", ["sleep", "1234"], Share);
        string second = await pod.StartAsync("second", ["sleep", "4321"], Share);

        Assert.Contains("sleep 1234", await pod.ReadAsync(second, "ps"), StringComparison.Ordinal);
        Assert.Contains("sleep 4321", await pod.ReadAsync(first, "ps"), StringComparison.Ordinal);
        Assert.Equal(await NamespaceAsync(pod, first, "pid"), await NamespaceAsync(pod, second, "pid"));

        await pod.StopAsync(first, TimeSpan.Zero);
        Assert.DoesNotContain("sleep 1234", await pod.ReadAsync(second, "ps"), StringComparison.Ordinal);
        await pod.DisposeAsync();
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Pod_MachineKilled_IsSeenAndLeavesNothing()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();
        CriPod pod = await fixture.RunPodAsync("killed");
        string first = await pod.StartAsync("first", Wait);
        string second = await pod.StartAsync("second", Wait);

        ProcessTable.Kill(pod.Machines());

        Assert.NotEqual(0, (await pod.EndAsync(first)).ExitCode);
        Assert.NotEqual(0, (await pod.EndAsync(second)).ExitCode);
        await ClientFixture.WaitUntilAsync(
            "the pod is not ready", async () => (await pod.PodAsync()).State == PodSandboxState.SandboxNotready, TimeSpan.FromSeconds(10));
        await pod.DisposeAsync();
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Pod_NetworkNamespaceWithAnInterface_IsRefusedAndLeavesNothing()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => fixture.RunPodAsync(CniPlugins.Wired));

        Assert.Contains("has eth0: connecting a VM to a network is not supported yet", refused.Status.Detail, StringComparison.Ordinal);
        await fixture.AssertNothingLeftAsync(before);
    }

    private static async Task<string> NamespaceAsync(CriPod pod, string container, string kind) => await pod.ReadAsync(container, "readlink", $"/proc/self/ns/{kind}");

    private static async Task LogsArriveAsync(CriPod pod)
    {
        await ClientFixture.WaitUntilAsync("the log has both lines", () => Task.FromResult(pod.LogOf("first").Split('\n').Length >= 3), TimeSpan.FromSeconds(10));
        string log = pod.LogOf("first");
        Assert.Contains(" stdout F from first\n", log, StringComparison.Ordinal);
        Assert.Contains(" stderr F to error\n", log, StringComparison.Ordinal);
    }

    private async Task EndOneByOneAsync(CriPod pod, string first, string second)
    {
        ContainerStats stats = (await fixture.Client.ContainerStatsAsync(new ContainerStatsRequest { ContainerId = second }, CriFixture.Options())).Stats;
        Assert.True(stats.Cpu.UsageCoreNanoSeconds.Value > 0, "no processor time");
        Assert.True(stats.Memory.WorkingSetBytes.Value > 0, "no memory");
        Assert.Equal(ContainerState.ContainerRunning, (await pod.StatusAsync(first)).State);

        await pod.StopAsync(first, TimeSpan.Zero);
        Assert.Equal((ContainerState.ContainerExited, 137), await StateAsync(pod, first));
        await pod.RemoveAsync(first);
        Assert.Equal("alive\n", await pod.ReadAsync(second, "echo", "alive"));
        await pod.StopAsync();
        Assert.Equal(ContainerState.ContainerExited, (await pod.StatusAsync(second)).State);
        Assert.Equal(PodSandboxState.SandboxNotready, (await pod.PodAsync()).State);
        Assert.Empty(pod.Machines());
    }

    private static async Task<(ContainerState State, int Code)> StateAsync(CriPod pod, string container)
    {
        ContainerStatus status = await pod.StatusAsync(container);
        return (status.State, status.ExitCode);
    }
}
