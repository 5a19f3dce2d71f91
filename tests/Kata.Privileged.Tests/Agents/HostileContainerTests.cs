using System.Diagnostics;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;

namespace Kata.Privileged.Tests.Agents;

/// <summary>Containers that behave as badly as they can: the agent goes on serving and gets rid of them.</summary>
public sealed class HostileContainerTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private readonly GuestContainers _containers = new(live.Agent, live.Rootfs, "/" + live.CgroupPrefix);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ForkBomb_WithALimit_IsRemoved()
    {
        Spec spec = _containers.NewSpec("bomb", "sh", "-c", "echo started; f() { f | f & }; f 2>/dev/null; sleep 1000");
        spec.Linux.Resources = new LinuxResources { Pids = new LinuxPids { Limit = 100 } };
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "bomb", ExecId = "bomb", OCI = spec });
        await live.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = "bomb", Len = 100 }, cancellationToken: Token);

        Assert.Equal(0, (await _containers.RunAsync("beside", _containers.NewSpec("beside", "true"))).Code);
        await _containers.RemoveAsync("bomb");
    }

    [Fact]
    public async Task Processes_NoLimitGiven_SomeAreKeptBack()
    {
        Spec spec = _containers.NewSpec("unlimited", "sleep", "1000");
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "unlimited", ExecId = "unlimited", OCI = spec });

        StatsContainerResponse stats = await live.Agent.StatsContainerAsync(new StatsContainerRequest { ContainerId = "unlimited" }, cancellationToken: Token);
        await _containers.RemoveAsync("unlimited");

        ulong threads = ulong.Parse(await File.ReadAllTextAsync("/proc/sys/kernel/threads-max", Token), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(stats.CgroupStats.PidsStats.Limit, 1UL, threads - 1);
    }

    [Fact]
    public async Task Memory_Filled_KillsTheContainerAndIsReported()
    {
        Spec spec = _containers.NewSpec("hog", "sh", "-c", "tail /dev/zero; echo survived");
        spec.Linux.Resources = new LinuxResources { Memory = new LinuxMemory { Limit = 16 << 20, Swap = 16 << 20 } };
        Task<OOMEvent> oom = live.Agent.GetOOMEventAsync(new GetOOMEventRequest(), cancellationToken: Token).ResponseAsync;

        ContainerRun run = await _containers.RunAsync("hog", spec);

        Assert.Equal("hog", (await oom).ContainerId);
        Assert.True(run.Output.Length == 0 || run.Output == "survived\n");
        Assert.Equal(0, (await _containers.RunAsync("after", _containers.NewSpec("after", "true"))).Code);
    }

    [Fact]
    public async Task Streams_ClosedEarly_ExitIsStillReported()
    {
        await _containers.StartAsync(new CreateContainerRequest
        {
            ContainerId = "closed",
            ExecId = "closed",
            OCI = _containers.NewSpec("closed", "sh", "-c", "exec <&- >&- 2>&-; usleep 200000; exit 9"),
        });

        Assert.Empty(await _containers.ReadToEndAsync("closed"));
        Assert.Equal(9, await live.WaitAsync("closed"));
        await _containers.RemoveAsync("closed");
    }

    [Fact]
    public async Task Signals_Ignored_KillEndsIt()
    {
        await _containers.StartAsync(new CreateContainerRequest
        {
            ContainerId = "deaf",
            ExecId = "deaf",
            OCI = _containers.NewSpec("deaf", "sh", "-c", "trap '' TERM INT HUP QUIT; echo ready; while true; do sleep 1000; done"),
        });
        await live.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = "deaf", Len = 100 }, cancellationToken: Token);
        await live.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = "deaf", Signal = 15 }, cancellationToken: Token);
        await live.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = "deaf", Signal = 2 }, cancellationToken: Token);
        StatsContainerResponse alive = await live.Agent.StatsContainerAsync(new StatsContainerRequest { ContainerId = "deaf" }, cancellationToken: Token);

        await live.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = "deaf", Signal = 9 }, cancellationToken: Token);

        Assert.True(alive.CgroupStats.PidsStats.Current > 0);
        Assert.Equal(137, await live.WaitAsync("deaf"));
        await _containers.RemoveAsync("deaf");
    }

    [Fact]
    public async Task Daemons_FirstProcessEnds_AreGoneToo()
    {
        Spec spec = _containers.NewSpec("daemon", "sh", "-c", "setsid sleep 4343 & setsid sh -c 'sleep 4343 & sleep 4343' & exit 0");

        ContainerRun run = await _containers.RunAsync("daemon", spec);

        Assert.Equal(0, run.Code);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), directory =>
            File.Exists(directory + "/cmdline") && ReadOrEmpty(directory + "/cmdline").Contains("sleep\04343", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Descriptors_TenThousand_TakeNoneOfTheAgents()
    {
        Spec spec = _containers.NewSpec(
            "files", "sh", "-c", "mkdir /tmp/many; cd /tmp/many; for i in $(seq 10000); do : > $i; done; tail -q -f * & until test $(ls /proc/$!/fd | wc -l) -gt 10000; do usleep 50000; done; echo open; wait");
        GuestContainers.AddMount(spec, "/tmp", "tmpfs");
        spec.Process.Rlimits.Add(new POSIXRlimit { Type = "RLIMIT_NOFILE", Soft = 11000, Hard = 11000 });
        int before = Directory.EnumerateFileSystemEntries($"/proc/{live.Pid}/fd").Count();
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "files", ExecId = "files", OCI = spec });

        string line = (await live.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = "files", Len = 100 }, cancellationToken: Token)).Data.ToStringUtf8();
        int during = Directory.EnumerateFileSystemEntries($"/proc/{live.Pid}/fd").Count();
        var watch = Stopwatch.StartNew();
        await _containers.RemoveAsync("files");

        Assert.Equal("open\n", line);
        Assert.InRange(during - before, 0, 40);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return string.Empty; // gone since it was listed
        }
    }
}
