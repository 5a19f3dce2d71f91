using Kata.Linux.Cgroups;
using Kata.Primitives;

namespace Kata.Linux.Tests.Cgroups;

/// <summary>Runs on the machine's own hierarchies, in a group of its own, where they are those of version 1.</summary>
public sealed class CgroupV1Tests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly CgroupHierarchy _hierarchy;
    private readonly ICgroup _group;

    public CgroupV1Tests()
    {
        _hierarchy = CgroupHierarchy.Detect();
        if (_hierarchy.Version != CgroupVersion.V1)
        {
            Assert.Skip("this machine has cgroup v2");
        }

        _group = _hierarchy.Create($"/kata-linux-tests-{Guid.NewGuid():N}");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_group is not null)
        {
            await _group.KillAllAsync(Deadline, CancellationToken.None);
            await _group.DeleteAsync(Deadline, CancellationToken.None);
            Assert.False(_group.Exists);
        }
    }

    [Fact]
    public void AddProcess_Running_IsListedInEveryHierarchy()
    {
        using var process = new TestProcess("read x");

        _group.AddProcess(process.Id);

        Assert.Equal([process.Id], _group.Processes());
        Assert.All(_hierarchy.Controllers.Keys, controller => Assert.Equal(_group.Path, _hierarchy.PathOf(controller, process.Id)));
        Assert.Equal(1UL, _group.ReadStats().Processes);
    }

    [Fact]
    public async Task WatchOom_LimitExceeded_ReportsAndKills()
    {
        _group.Apply(new CgroupLimits { Memory = new MemoryLimits { Limit = 16 << 20, Swap = 16 << 20 } });
        Assert.Equal(16UL << 20, _group.MemoryLimit);
        var reported = new TaskCompletionSource();
        using IDisposable watch = _group.WatchOom(() => reported.TrySetResult());
        using var process = new TestProcess("read x; exec tail /dev/zero");
        _group.AddProcess(process.Id);
        process.Go();

        await reported.Task.WaitAsync(Deadline, Token);

        Assert.Equal(137, await process.ExitAsync());
        MemoryStats memory = _group.ReadStats().Memory;
        Assert.Equal(1UL, memory.OomKills);
        Assert.Equal(16UL << 20, memory.Memory.Limit);
        Assert.InRange(memory.Memory.Peak, 1UL << 20, 16UL << 20);
        Assert.NotEmpty(memory.Details);
    }

    [Fact]
    public async Task WatchOom_GroupRemoved_ReportsNothing()
    {
        ICgroup other = _hierarchy.Create($"{_group.Path}/other");
        bool reported = false;
        using IDisposable watch = other.WatchOom(() => reported = true);

        await other.DeleteAsync(Deadline, Token);
        ((CgroupOomWatch)watch).Look(); // as the kernel tells of the removal

        Assert.False(reported);
    }

    [Fact]
    public void Apply_MemoryUpAndDown_KeepsTheOrderTheKernelWants()
    {
        void Set(long limit, long swap) => _group.Apply(new CgroupLimits { Memory = new MemoryLimits { Limit = limit, Swap = swap } });

        Set(64 << 20, 128 << 20);
        Set(256 << 20, 512 << 20);
        Set(32 << 20, 32 << 20);
        Set(-1, -1);

        Assert.True(_group.ReadStats().Memory.Memory.Limit > 1UL << 60);
        _group.Apply(new CgroupLimits { Memory = new MemoryLimits { Limit = 64 << 20 } });
        _group.Apply(new CgroupLimits { Memory = new MemoryLimits { Limit = -1 } });
        Assert.True(_group.ReadStats().Memory.Memory.Limit > 1UL << 60);
    }

    [Fact]
    public async Task Apply_MaxProcesses_StopsForks()
    {
        _group.Apply(new CgroupLimits { MaxProcesses = 3 });
        using var process = new TestProcess("read x; for i in 1 2 3 4 5 6; do /bin/true & done; wait; for i in 1 2 3 4 5 6; do sleep 100 & done");
        _group.AddProcess(process.Id);
        Assert.Equal(3UL, _group.ReadStats().MaxProcesses);
        process.Go();

        Assert.Equal(2, await process.ExitAsync()); // dash cannot fork
        _group.Apply(new CgroupLimits { MaxProcesses = 0 });
        Assert.Equal(0UL, _group.ReadStats().MaxProcesses);
    }

    [Fact]
    public async Task FreezeAsync_BusyProcess_StopsUntilThawed()
    {
        using var process = new TestProcess("while :; do :; done");
        _group.AddProcess(process.Id);

        await _group.FreezeAsync(Deadline, Token);
        ulong before = _group.ReadStats().Cpu.Total;
        await Task.Delay(50, Token);
        Assert.Equal(before, _group.ReadStats().Cpu.Total);

        await _group.ThawAsync(Deadline, Token);
        while (_group.ReadStats().Cpu.Total == before)
        {
            await Task.Delay(1, Token);
        }

        await _group.FreezeAsync(Deadline, Token);
        await _group.KillAllAsync(Deadline, Token); // frozen ones die too
        Assert.Equal(137, await process.ExitAsync());
    }

    [Fact]
    public async Task KillAllAsync_TreeThatForksOn_LeavesNone()
    {
        using var process = new TestProcess("while :; do (sleep 0.01; sleep 0.01) & (sleep 100) & sleep 0.005; done");
        ICgroup child = _hierarchy.Create($"{_group.Path}/child");
        child.AddProcess(process.Id);
        while (_group.Processes().Count < 5)
        {
            await Task.Delay(5, Token);
        }

        await _group.KillAllAsync(Deadline, Token);

        Assert.Empty(_group.Processes());
    }

    [Fact]
    public async Task SignalAllAsync_Term_ReachesEveryProcess()
    {
        using var first = new TestProcess("trap 'exit 7' TERM; touch /dev/null; while :; do sleep 0.01; done");
        using var second = new TestProcess("exec sleep 100");
        _group.AddProcess(first.Id);
        _group.AddProcess(second.Id);
        await UntilTrapsAsync(first.Id);

        Assert.InRange(await _group.SignalAllAsync(15, Token), 2, 3);

        Assert.Equal(7, await first.ExitAsync());
        Assert.Equal(143, await second.ExitAsync());
    }

    [Fact]
    public void Apply_EveryKind_IsWritten()
    {
        _group.Apply(new CgroupLimits
        {
            Cpu = new CpuLimits { Shares = 512, Quota = 50_000, Period = 200_000, Cpus = "0", Mems = "0" },
            Memory = new MemoryLimits { Limit = 64 << 20, Reservation = 32 << 20, Swappiness = 10, DisableOomKiller = true },
            Devices =
            [
                DeviceRule.Parse(allow: false, "a", null, null, "rwm"),
                DeviceRule.Parse(allow: true, "c", 1, 3, "rwm"),
                DeviceRule.Parse(allow: true, "b", 8, -1, "r"),
            ],
        });

        string Read(string controller, string file) => File.ReadAllText($"{_hierarchy.Controllers[controller]}{_group.Path}/{file}").Trim();
        Assert.Equal("512", Read("cpu", "cpu.shares"));
        Assert.Equal("50000", Read("cpu", "cpu.cfs_quota_us"));
        Assert.Equal("200000", Read("cpu", "cpu.cfs_period_us"));
        Assert.Equal("0", Read("cpuset", "cpuset.cpus"));
        Assert.Equal("33554432", Read("memory", "memory.soft_limit_in_bytes"));
        Assert.Contains("oom_kill_disable 1", Read("memory", "memory.oom_control"), StringComparison.Ordinal);
        Assert.Equal(["b 8:* r", "c 1:3 rwm"], Read("devices", "devices.list").Split('\n').Order(StringComparer.Ordinal));

        // A period that does not fit the old quota.
        _group.Apply(new CgroupLimits { Cpu = new CpuLimits { Quota = 2_000, Period = 1_000 } });
        _group.Apply(new CgroupLimits { Cpu = new CpuLimits { Quota = 1_000_000, Period = 1_000_000 } });
        _group.Apply(new CgroupLimits { Cpu = new CpuLimits { Quota = -1 } });
        Assert.Equal("-1", Read("cpu", "cpu.cfs_quota_us"));
        _group.ExtendCpus("0-1");
        Assert.Equal("0-1", Read("cpuset", "cpuset.cpus"));
    }

    [Fact]
    public void Apply_NonsenseOrMissing_ExplainsItself()
    {
        Assert.Equal(ErrorCode.InvalidArgument, Code(new CgroupLimits { Cpu = new CpuLimits { Cpus = "0\n1" } }));
        Assert.Equal(ErrorCode.InvalidArgument, Code(new CgroupLimits { Memory = new MemoryLimits { Swappiness = 101 } }));
        Assert.Equal(ErrorCode.Unsupported, Code(new CgroupLimits { Unified = new Dictionary<string, string> { ["memory.high"] = "1" } }));
        Assert.Equal(ErrorCode.InvalidArgument, Code(new CgroupLimits { Cpu = new CpuLimits { Shares = 1, Period = 1 } }));

        ErrorCode Code(CgroupLimits limits) => Assert.ThrowsAny<KataException>(() => _group.Apply(limits)).Code;
    }

    [Fact]
    public async Task DeleteAsync_ProcessInside_HitsTheDeadline()
    {
        using var process = new TestProcess("read x");
        _group.AddProcess(process.Id);

        var error = await Assert.ThrowsAsync<KataException>(() => _group.DeleteAsync(TimeSpan.FromMilliseconds(50), Token));

        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
    }

    [Fact]
    public async Task RootGroup_AnythingDestructive_IsRefused()
    {
        ICgroup root = _hierarchy.Open("/");

        await Assert.ThrowsAsync<KataException>(() => root.KillAllAsync(Deadline, Token));
        await Assert.ThrowsAsync<KataException>(() => root.SignalAllAsync(15, Token));
        await Assert.ThrowsAsync<KataException>(() => root.FreezeAsync(Deadline, Token));
        await Assert.ThrowsAsync<KataException>(() => root.DeleteAsync(Deadline, Token));
    }

    private static async Task UntilTrapsAsync(int pid)
    {
        // SigCgt has the bit of SIGTERM once the shell has set its trap.
        while ((Convert.ToUInt64(File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("SigCgt:", StringComparison.Ordinal))[7..].Trim(), 16) & (1 << 14)) == 0)
        {
            await Task.Delay(1, Token);
        }
    }
}
