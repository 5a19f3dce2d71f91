using Kata.Linux.Cgroups;
using Kata.Primitives;

namespace Kata.Linux.Tests.Cgroups;

/// <summary>Runs on a real v2 hierarchy, with whatever controllers it has.</summary>
public sealed class CgroupV2Tests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly ICgroup _group;
    private readonly CgroupHierarchy _hierarchy;

    public CgroupV2Tests()
    {
        _hierarchy = CgroupHierarchy.Detect();
        if (_hierarchy.UnifiedDirectory is not { } unified)
        {
            Assert.Skip("this machine has no cgroup v2");
            throw new InvalidOperationException();
        }

        _hierarchy = CgroupHierarchy.OfUnified(unified);
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
    public async Task FreezeAndThaw_BusyProcess_StopsAndGoesOn()
    {
        using var process = new TestProcess("while :; do :; done");
        _group.AddProcess(process.Id);
        Assert.Equal([process.Id], _group.Processes());
        Assert.Equal(_group.Path, _hierarchy.PathOf(string.Empty, process.Id));

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
        await _group.KillAllAsync(Deadline, Token);
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
    public async Task SignalAllAsync_Term_Reaches()
    {
        using var process = new TestProcess("exec sleep 100");
        _group.AddProcess(process.Id);

        Assert.Equal(1, await _group.SignalAllAsync(15, Token));

        Assert.Equal(143, await process.ExitAsync());
    }

    [Theory]
    [InlineData("cat /dev/null", 0)]
    [InlineData("head -c1 /dev/zero", 0)]
    [InlineData("echo > /dev/zero", 2)]
    [InlineData("head -c1 /dev/urandom", 1)]
    [InlineData("head -c1 /dev/full", 1)]
    public async Task Apply_DeviceRules_AreEnforced(string command, int exitCode)
    {
        _group.Apply(new CgroupLimits { Devices = [DeviceRule.Parse(true, "a", null, null, null)] });
        _group.Apply(new CgroupLimits
        {
            Devices =
            [
                DeviceRule.Parse(false, "a", null, null, "rwm"),
                DeviceRule.Parse(true, "c", 1, null, "r"),
                DeviceRule.Parse(true, "c", 1, 3, "rwm"),
                DeviceRule.Parse(false, "c", 1, 9, "r"),
                DeviceRule.Parse(false, "c", 1, 7, "rwm"),
            ],
        });
        using var process = new TestProcess($"read x; {command}");
        _group.AddProcess(process.Id);
        process.Go();

        Assert.Equal(exitCode, await process.ExitAsync());
    }

    [Fact]
    public async Task Apply_SplitAccess_AddsUp()
    {
        _group.Apply(new CgroupLimits
        {
            Devices =
            [
                DeviceRule.Parse(false, "a", null, null, "rwm"),
                DeviceRule.Parse(true, "c", 1, 3, "r"),
                DeviceRule.Parse(true, "c", 1, 3, "w"),
            ],
        });
        using var process = new TestProcess("read x; : <> /dev/null && ! (: < /dev/zero)");
        _group.AddProcess(process.Id);
        process.Go();

        Assert.Equal(0, await process.ExitAsync());
    }

    [Fact]
    public void Apply_ControllerMissing_IsUnsupported()
    {
        if (_hierarchy.Controllers.ContainsKey("memory"))
        {
            Assert.Skip("this hierarchy has a memory controller");
        }

        var limits = new CgroupLimits { Memory = new MemoryLimits { Limit = 1 << 30 } };
        Assert.Equal(ErrorCode.Unsupported, Assert.Throws<KataException>(() => _group.Apply(limits)).Code);
        Assert.Equal(ErrorCode.Unsupported, Assert.Throws<KataException>(() => _group.WatchOom(() => { })).Code);
    }
}
