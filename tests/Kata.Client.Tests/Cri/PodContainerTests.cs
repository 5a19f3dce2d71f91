using Grpc.Core;
using Kata.Client.Tests.Cri.Protocol;
using Kata.Client.Tests.Host;

namespace Kata.Client.Tests.Cri;

/// <summary>What one container of a pod may ask for, get wrong and have changed while the pod goes on.</summary>
[Collection(CriCollection.Name)]
public sealed class PodContainerTests(CriFixture fixture)
{
    private const long Limit = 64 << 20;
    private const string ReadLimit = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max";

    private static readonly string[] Wait = ["sleep", "1000"];

    [Fact]
    public async Task Pod_ContainersThatFail_LeaveItUsable()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();
        CriPod pod = await fixture.RunPodAsync("fails");

        string exits = await pod.StartAsync("exits", ["sh", "-c", "echo last words; exit 5"]);
        Assert.Equal((5, "Error"), ((await pod.EndAsync(exits)).ExitCode, (await pod.StatusAsync(exits)).Reason));
        Assert.Contains("last words", pod.LogOf("exits"), StringComparison.Ordinal);
        string missing = await pod.CreateAsync("missing", ["/no/such/program"]);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => pod.StartAsync(missing));
        Assert.Contains("/no/such/program", refused.Status.Detail, StringComparison.Ordinal);
        string killed = await pod.StartAsync("killed", Wait);
        await pod.StopAsync(killed, TimeSpan.FromSeconds(1));
        Assert.Equal(137, (await pod.EndAsync(killed)).ExitCode);
        await pod.RemoveAsync(exits);
        await pod.RemoveAsync(missing);
        string again = await pod.StartAsync("again", Wait);
        Assert.Equal("works\n", await pod.ReadAsync(again, "echo", "works"));

        await pod.DisposeAsync();
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Pod_Limits_AreHeldChangedAndReported()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();
        CriPod pod = await fixture.RunPodAsync("limits", config => config.Linux.Sysctls["kernel.shm_rmid_forced"] = "1");
        string limited = await pod.StartAsync("limited", Wait, container => container.Linux.Resources.MemoryLimitInBytes = Limit);
        string other = await pod.StartAsync("other", Wait);

        // The pod's sysctl is set where its containers live.
        Assert.Equal("1\n", await pod.ReadAsync(other, "cat", "/proc/sys/kernel/shm_rmid_forced"));
        Assert.Equal($"{Limit}\n", await pod.ReadAsync(limited, "sh", "-c", ReadLimit));
        var wanted = new LinuxContainerResources { MemoryLimitInBytes = 2 * Limit, CpuPeriod = 100_000, CpuQuota = 40_000 };
        await fixture.Client.UpdateContainerResourcesAsync(new UpdateContainerResourcesRequest { ContainerId = limited, Linux = wanted }, CriFixture.Options());
        Assert.Equal($"{2 * Limit}\n", await pod.ReadAsync(limited, "sh", "-c", ReadLimit));
        Assert.Equal("40000\n", await pod.ReadAsync(limited, "sh", "-c", "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cut -d ' ' -f 1 /sys/fs/cgroup/cpu.max"));

        string greedy = await pod.StartAsync("greedy", ["tail", "/dev/zero"], container => container.Linux.Resources.MemoryLimitInBytes = Limit);
        Assert.Equal(137, (await pod.EndAsync(greedy)).ExitCode);
        await ClientFixture.WaitUntilAsync("the reason is known", async () => (await pod.StatusAsync(greedy)).Reason == "OOMKilled", TimeSpan.FromSeconds(10));
        Assert.Equal("alive\n", await pod.ReadAsync(limited, "echo", "alive"));

        await pod.DisposeAsync();
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Pod_SecurityOfAContainer_IsAsAsked()
    {
        fixture.Require();
        CriPod pod = await fixture.RunPodAsync("secure");
        await using (pod)
        {
            string volume = Directory.CreateDirectory(Path.Combine(fixture.Directory, "secure-volume")).FullName;
            await File.WriteAllTextAsync(Path.Combine(volume, "in"), "from the host", TestContext.Current.CancellationToken);
            string container = await pod.StartAsync("secure", Wait, config =>
            {
                LinuxContainerSecurityContext security = config.Linux.SecurityContext;
                security.RunAsUser = new Int64Value { Value = 1000 };
                security.RunAsGroup = new Int64Value { Value = 1000 };
                security.SupplementalGroups.Add(100);
                security.ReadonlyRootfs = true;
                security.NoNewPrivs = true;
                security.Seccomp = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault };
                config.WorkingDir = "/home/app";
                config.Envs.Add(new KeyValue { Key = "COLOUR", Value = "green" });
                config.Mounts.Add(new Mount { ContainerPath = "/volume", HostPath = volume, Readonly = true });
            });

            Assert.Equal("1000 1000 1000 100\n/home/app\ngreen\n", await pod.ReadAsync(container, "sh", "-c", "echo $(id -u) $(id -g) $(id -G); pwd; echo $COLOUR"));
            Assert.Contains("Seccomp:\t2", await pod.ReadAsync(container, "cat", "/proc/self/status"), StringComparison.Ordinal);
            Assert.Contains("NoNewPrivs:\t1", await pod.ReadAsync(container, "cat", "/proc/self/status"), StringComparison.Ordinal);
            Assert.NotEqual(0, (await pod.ExecAsync(container, "touch", "/tmp/x")).Code);
            Assert.Equal("from the host", await pod.ReadAsync(container, "cat", "/volume/in"));
            Assert.NotEqual(0, (await pod.ExecAsync(container, "touch", "/volume/x")).Code);
        }
    }
}
