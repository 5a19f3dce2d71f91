using System.Globalization;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>What the agent's processes and threads are like while and after it makes containers, seen from a container that sees the guest's /proc.</summary>
public sealed class LaunchTests(LaunchTests.Guest guest) : IClassFixture<LaunchTests.Guest>
{
    private AgentVm Vm => guest.Vm;

    [Fact]
    public async Task Process_AtItsStartGate_HoldsNothingOfTheAgentsMemory()
    {
        await Vm.Agent.CreateContainerAsync(new CreateContainerRequest { ContainerId = "gate", ExecId = "gate", OCI = Vm.Containers.NewSpec("gate", "sleep", "1000") }, cancellationToken: TestContext.Current.CancellationToken);

        string[] lines = (await LookAsync(
            "for p in /proc-guest/[0-9]*; do grep -q '/gate$' $p/cgroup && d=$p; done; grep -c /init $d/maps; grep VmRSS $d/status | tr -dc 0-9; echo; grep -c /init /proc-guest/1/maps")).Split('\n');
        await Vm.Containers.RemoveAsync("gate");

        // The table of its steps, and the page with what the kernel notes for the thread.
        Assert.Equal("0", lines[0]);
        Assert.InRange(int.Parse(lines[1], CultureInfo.InvariantCulture), 1, 128);
        Assert.NotEqual("0", lines[2]);
    }

    [Fact]
    public async Task Threads_AfterContainersWereMade_AreInTheAgentsNamespaces()
    {
        for (int i = 0; i < 3; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"made{i}");
            Spec spec = Vm.Containers.NewSpec(id, "true");
            spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "network" });
            await Vm.Containers.RunAsync(id, spec);
        }

        string namespaces = await LookAsync("for n in mnt ipc uts net pid user cgroup; do for t in /proc-guest/1/task/*; do readlink $t/ns/$n; done | sort -u | wc -l; done | tr '\\n' ' '");
        string roots = await LookAsync("for t in /proc-guest/1/task/*; do stat -L -c %d:%i $t/root $t/cwd; done | sort -u | wc -l");

        Assert.Equal(("1 1 1 1 1 1 1 ", "1"), (namespaces, roots.Trim()));
    }

    [Fact]
    public async Task Threads_NewOnes_RunFirst() => Assert.Equal("1", (await LookAsync("cat /proc-guest/sys/kernel/sched_child_runs_first")).Trim());

    [Fact]
    public async Task Memory_NothingStartedForAWhile_IsGivenBack()
    {
        const int Count = 100; // makes the agent's heap larger than it has to be
        for (int i = 0; i < Count; i++)
        {
            await Vm.Containers.RunAsync("again", Vm.Containers.NewSpec("again", "true"));
        }

        // The program looks by itself: another one would be a start.
        string output = await LookAsync(
            """
            look() { file=$(($(size RssFile) + $(size RssShmem))); heap=$(size RssAnon); }
            size() { grep $1: /proc-guest/1/status | tr -dc 0-9; }
            look; echo $file $heap
            code=$file; data=$heap
            for n in $(seq 400); do look; [ $((file * 4)) -lt $((code * 3)) ] && [ $((heap * 4)) -lt $((data * 3)) ] && break; usleep 50000; done
            echo $file $heap
            """);
        int[][] sizes = [.. output.Trim().Split('\n').Select(line => line.Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray())];

        Assert.InRange((double)sizes[1][0] / sizes[0][0], 0.05, 0.75);
        Assert.InRange((double)sizes[1][1] / sizes[0][1], 0.05, 0.75);
        Assert.Equal("again\n", (await Vm.Containers.RunAsync("again", Vm.Containers.NewSpec("again", "echo", "again"))).Output);
    }

    [Fact]
    public async Task Containers_MoreThanTheKernelsLimitOnDescriptors_Run()
    {
        const int Count = 150; // some ten descriptors each
        var ids = new List<string>();
        try
        {
            for (int i = 0; i < Count; i++)
            {
                string id = string.Create(CultureInfo.InvariantCulture, $"many{i}");
                await Vm.Containers.StartAsync(new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = Vm.Containers.NewSpec(id, "sleep", "3600") });
                ids.Add(id);
            }

            ContainerRun limits = await Vm.Containers.RunAsync("limits", Vm.Containers.NewSpec("limits", "sh", "-c", "ulimit -Sn; ulimit -Hn"));
            Assert.Equal("1024\n524288\n", limits.Output);
        }
        finally
        {
            foreach (string id in ids)
            {
                await Vm.Containers.RemoveAsync(id);
            }
        }
    }

    private async Task<string> LookAsync(string script)
    {
        Spec spec = Vm.Containers.NewSpec("look", "sh", "-c", script);
        GuestContainers.AddBind(spec, "/proc", "/proc-guest", "rbind", "ro");
        spec.Process.Capabilities.Bounding.Add("CAP_SYS_PTRACE");
        spec.Process.Capabilities.Effective.Add("CAP_SYS_PTRACE");
        spec.Process.Capabilities.Permitted.Add("CAP_SYS_PTRACE");
        ContainerRun run = await Vm.Containers.RunAsync("look", spec);
        return run.Error.Length == 0 ? run.Output : throw new InvalidOperationException(run.Error);
    }

    public sealed class Guest : IAsyncLifetime
    {
        public AgentVm Vm { get; } = new();

        public async ValueTask InitializeAsync() => await Vm.BootAsync();

        public ValueTask DisposeAsync() => Vm.DisposeAsync();
    }
}
