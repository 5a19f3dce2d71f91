using Kata.Linux.Cgroups;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Tests.Cgroups;

/// <summary>Version 2 against a directory of plain files: what is written where, and what is read out of it.</summary>
public sealed class CgroupV2FixtureTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly ICgroup _group;

    public CgroupV2FixtureTests()
    {
        File.WriteAllText(_root.Of("cgroup.controllers"), "cpu memory\n");
        _group = CgroupHierarchy.OfUnified(_root.Path).Create("/g");
    }

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Apply_CpuAndMemory_IsConverted()
    {
        Put("cpu.weight", "cpu.max", "memory.max", "memory.low", "memory.swap.max", "pids.max", "io.weight", "io.max", "cpuset.cpus", "hugetlb.2MB.max", "memory.high");

        _group.Apply(new CgroupLimits
        {
            Cpu = new CpuLimits { Shares = 1024, Quota = 50_000, Period = 100_000, Cpus = "0-1" },
            Memory = new MemoryLimits { Limit = 1000, Swap = 1500, Reservation = 500 },
            MaxProcesses = -1,
            BlockIo = new BlockIoLimits { Weight = 1000, ReadBytes = [new DeviceRate(new DeviceNumber(8, 0), 77)] },
            HugePages = [new HugePageLimit("2MB", 4096)],
            Unified = new Dictionary<string, string> { ["memory.high"] = "900" },
        });

        Assert.Equal("39", Get("cpu.weight"));
        Assert.Equal("50000 100000", Get("cpu.max"));
        Assert.Equal("0-1", Get("cpuset.cpus"));
        Assert.Equal("1000", Get("memory.max"));
        Assert.Equal("500", Get("memory.swap.max"));
        Assert.Equal("500", Get("memory.low"));
        Assert.Equal("max", Get("pids.max"));
        Assert.Equal("default 10000", Get("io.weight"));
        Assert.Equal("8:0 rbps=77", Get("io.max"));
        Assert.Equal("4096", Get("hugetlb.2MB.max"));
        Assert.Equal("900", Get("memory.high"));
    }

    [Theory]
    [InlineData("max", "max", ulong.MaxValue)]
    [InlineData("max", "5000", 5000)]
    [InlineData("3000", "5000", 3000)]
    [InlineData(null, null, ulong.MaxValue)]
    public void MemoryLimit_OfGroupAndThoseAbove_IsTheLeast(string? above, string? own, ulong least)
    {
        ICgroup group = CgroupHierarchy.OfUnified(_root.Path).Create("/g/h");
        Write("g", above);
        Write("g/h", own);

        Assert.Equal(least, group.MemoryLimit);

        void Write(string directory, string? limit)
        {
            if (limit is not null)
            {
                File.WriteAllText(_root.Of(directory + "/memory.max"), limit + "\n");
            }
        }
    }

    [Theory]
    [InlineData(false, "+memory +pids")]
    [InlineData(true, "+memory +hugetlb +pids +rdma")]
    public void Create_ControllersOfFew_ComeWhenAskedFor(bool everything, string enabled)
    {
        File.WriteAllText(_root.Of("cgroup.controllers"), "cpu memory hugetlb pids rdma\n");
        File.WriteAllText(_root.Of("cgroup.subtree_control"), "cpu\n");
        ICgroup group = CgroupHierarchy.OfUnified(_root.Path).Create("/h", everything);
        Assert.Equal(enabled, File.ReadAllText(_root.Of("cgroup.subtree_control")));

        File.WriteAllText(_root.Of("h/hugetlb.2MB.max"), string.Empty);
        File.WriteAllText(_root.Of("cgroup.subtree_control"), "cpu\n");
        group.Apply(new CgroupLimits { HugePages = [new HugePageLimit("2MB", 4096)] });

        Assert.StartsWith("+hugetlb", File.ReadAllText(_root.Of("cgroup.subtree_control")), StringComparison.Ordinal);
        Assert.Equal("4096", File.ReadAllText(_root.Of("h/hugetlb.2MB.max")));
    }

    [Fact]
    public void Apply_HugePagesOfASizeThatIsNotThere_MayBeLimitedToNone()
    {
        Put("hugetlb.2MB.max");

        _group.Apply(new CgroupLimits { HugePages = [new HugePageLimit("1GB", 0), new HugePageLimit("2MB", 4096)] });
        var error = Assert.Throws<KataException>(() => _group.Apply(new CgroupLimits { HugePages = [new HugePageLimit("1GB", 1 << 30)] }));

        Assert.Equal("4096", Get("hugetlb.2MB.max"));
        Assert.Equal((ErrorCode.Unsupported, "this kernel has no huge pages of 1GB"), (error.Code, error.Message));
    }

    [Fact]
    public void Apply_Unlimited_WritesMax()
    {
        Put("cpu.max", "memory.max", "memory.swap.max");

        _group.Apply(new CgroupLimits { Cpu = new CpuLimits { Quota = -1, Period = 1000 }, Memory = new MemoryLimits { Limit = -1 } });

        Assert.Equal("max 1000", Get("cpu.max"));
        Assert.Equal("max", Get("memory.max"));
        Assert.Equal("max", Get("memory.swap.max"));
    }

    [Theory]
    [InlineData("cgroup.procs")]
    [InlineData("../g/cpu.max")]
    [InlineData("nodot")]
    public void Apply_UnifiedFileThatIsNoLimit_IsInvalid(string file)
    {
        var limits = new CgroupLimits { Unified = new Dictionary<string, string> { [file] = "1" } };

        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => _group.Apply(limits)).Code);
    }

    [Fact]
    public void ReadStats_AllFiles_AreRead()
    {
        Write("cpu.stat", "usage_usec 10\nuser_usec 6\nsystem_usec 4\nnr_periods 3\nnr_throttled 2\nthrottled_usec 1\n");
        Write("memory.current", "100\n");
        Write("memory.peak", "200\n");
        Write("memory.max", "max\n");
        Write("memory.swap.current", "5\n");
        Write("memory.stat", "anon 7\nfile 8\nbroken\n");
        Write("memory.events", "low 0\nhigh 0\nmax 9\noom 2\noom_kill 1\n");
        Write("pids.current", "4\n");
        Write("pids.max", "max\n");
        Write("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\nnonsense\n");
        Write("hugetlb.2MB.current", "2097152\n");
        Write("hugetlb.2MB.max", "max\n");
        Write("hugetlb.2MB.events", "max 3\n");

        CgroupStats stats = _group.ReadStats();

        Assert.Equal((10_000UL, 6_000UL, 4_000UL), (stats.Cpu.Total, stats.Cpu.User, stats.Cpu.Kernel));
        Assert.Equal((3UL, 2UL, 1_000UL), (stats.Cpu.Periods, stats.Cpu.ThrottledPeriods, stats.Cpu.ThrottledTime));
        Assert.Equal(new MemoryUsage(100, 200, 9, ulong.MaxValue), stats.Memory.Memory);
        Assert.Equal((8UL, 1UL), (stats.Memory.Cache, stats.Memory.OomKills));
        Assert.Equal((4UL, 0UL), (stats.Processes, stats.MaxProcesses));
        Assert.Equal(["read", "write", "rios", "wios", "dbytes", "dios"], stats.BlockIo.ServiceBytes.Select(e => e.Operation));
        Assert.Equal(new MemoryUsage(2097152, 0, 3, ulong.MaxValue), Assert.Single(stats.HugePages).Value);
    }

    [Fact]
    public void WatchOom_CountGrows_Reports()
    {
        Write("memory.events", "oom_kill 1\n");
        int reports = 0;
        IDisposable watch = _group.WatchOom(() => reports++);
        var looks = (CgroupOomWatch)watch; // the kernel tells of changes of its own files only

        looks.Look();
        Assert.Equal(0, reports);
        Write("memory.events", "oom_kill 3\n");
        looks.Look();
        looks.Look();
        Assert.Equal(1, reports);

        watch.Dispose();
        Write("memory.events", "oom_kill 4\n");
        looks.Look();
        Assert.Equal(1, reports);
    }

    private void Put(params string[] files) => Array.ForEach(files, file => Write(file, string.Empty));

    private void Write(string file, string text) => File.WriteAllText(_root.Of($"g/{file}"), text);

    private string Get(string file) => File.ReadAllText(_root.Of($"g/{file}"));
}
