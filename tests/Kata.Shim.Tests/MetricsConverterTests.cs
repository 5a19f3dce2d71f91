using Google.Protobuf.WellKnownTypes;
using Kata.Linux.Cgroups;
using Kata.Protocols.Agent;
using Kata.Shim.Statistics;
using V1 = Kata.Protocols.CgroupsV1;
using V2 = Kata.Protocols.CgroupsV2;
using WireCpu = Kata.Protocols.Agent.CpuStats;
using WireGroup = Kata.Protocols.Agent.CgroupStats;
using WireMemory = Kata.Protocols.Agent.MemoryStats;

namespace Kata.Shim.Tests;

/// <summary>Counters of guests with either version of cgroups, for hosts with either version.</summary>
public sealed class MetricsConverterTests
{
    private const ulong NoLimitOfVersion1 = 9223372036854771712;

    [Fact]
    public void ToAny_SecondVersionInTheGuestFirstOnTheHost_IsTheFirst()
    {
        Any packed = MetricsConverter.ToAny(SecondVersion(), CgroupVersion.V1);

        Assert.Equal("io.containerd.cgroups.v1.Metrics", packed.TypeUrl);
        V1.Metrics metrics = V1.Metrics.Parser.ParseFrom(packed.Value);
        Assert.Equal((4UL, 33UL), (metrics.Pids.Current, metrics.Pids.Limit));
        Assert.Equal((9000UL, 6000UL, 3000UL), (metrics.Cpu.Usage.Total, metrics.Cpu.Usage.User, metrics.Cpu.Usage.Kernel));
        Assert.Equal((5UL, 2UL, 700UL), (metrics.Cpu.Throttling.Periods, metrics.Cpu.Throttling.ThrottledPeriods, metrics.Cpu.Throttling.ThrottledTime));
        Assert.Equal((1000UL, 5000UL, 1200UL, 3UL), (metrics.Memory.Usage.Usage, metrics.Memory.Usage.Limit, metrics.Memory.Usage.Max, metrics.Memory.Usage.Failcnt));
        Assert.Equal((400UL, 300UL, 300UL), (metrics.Memory.TotalRss, metrics.Memory.TotalCache, metrics.Memory.Cache));
        Assert.Equal((30UL, 40UL, 50UL), (metrics.Memory.TotalMappedFile, metrics.Memory.TotalDirty, metrics.Memory.TotalWriteback));
        Assert.Equal((60UL, 70UL, 80UL), (metrics.Memory.TotalInactiveFile, metrics.Memory.TotalPgFault, metrics.Memory.TotalPgMajFault));
        Assert.Equal((1100UL, 7000UL), (metrics.Memory.Swap.Usage, metrics.Memory.Swap.Limit));
        Assert.Equal((5000UL, 7000UL), (metrics.Memory.HierarchicalMemoryLimit, metrics.Memory.HierarchicalSwapLimit));
        Assert.Equal(
            [("read", 11UL), ("write", 22UL), ("discard", 5UL)], metrics.Blkio.IoServiceBytesRecursive.Where(e => (e.Major, e.Minor) == (8, 16)).Select(e => (e.Op, e.Value)));
        Assert.Equal([("read", 3UL), ("write", 4UL), ("discard", 6UL)], metrics.Blkio.IoServicedRecursive.Where(e => (e.Major, e.Minor) == (8, 16)).Select(e => (e.Op, e.Value)));
        V1.HugetlbStat huge = Assert.Single(metrics.Hugetlb);
        Assert.Equal(("2MB", 2097152UL), (huge.Pagesize, huge.Usage));
    }

    [Fact]
    public void ToAny_SecondVersionWithoutLimits_HasTheNumberThatMeansNone()
    {
        StatsContainerResponse stats = SecondVersion();
        stats.CgroupStats.MemoryStats.Usage.Limit = ulong.MaxValue;
        stats.CgroupStats.MemoryStats.SwapUsage.Limit = ulong.MaxValue;

        V1.Metrics first = V1.Metrics.Parser.ParseFrom(MetricsConverter.ToAny(stats, CgroupVersion.V1).Value);
        V2.Metrics second = V2.Metrics.Parser.ParseFrom(MetricsConverter.ToAny(stats, CgroupVersion.V2).Value);

        Assert.Equal(NoLimitOfVersion1, first.Memory.Usage.Limit);
        Assert.Equal(NoLimitOfVersion1, first.Memory.Swap.Limit);
        Assert.Equal(NoLimitOfVersion1, first.Memory.HierarchicalSwapLimit);
        Assert.Equal(ulong.MaxValue, second.Memory.UsageLimit);
    }

    [Fact]
    public void ToAny_SecondVersionOnBothSides_IsTheSecond()
    {
        Any packed = MetricsConverter.ToAny(SecondVersion(), CgroupVersion.V2);

        Assert.Equal("io.containerd.cgroups.v2.Metrics", packed.TypeUrl);
        V2.Metrics metrics = V2.Metrics.Parser.ParseFrom(packed.Value);
        Assert.Equal((9UL, 6UL, 3UL), (metrics.Cpu.UsageUsec, metrics.Cpu.UserUsec, metrics.Cpu.SystemUsec));
        Assert.Equal((400UL, 300UL, 30UL), (metrics.Memory.Anon, metrics.Memory.File, metrics.Memory.FileMapped));
        Assert.Equal((1000UL, 5000UL, 100UL, 2000UL), (metrics.Memory.Usage, metrics.Memory.UsageLimit, metrics.Memory.SwapUsage, metrics.Memory.SwapLimit));
        V2.IOEntry disk = Assert.Single(metrics.Io.Usage);
        Assert.Equal((11UL, 22UL, 3UL, 4UL), (disk.Rbytes, disk.Wbytes, disk.Rios, disk.Wios));
    }

    [Fact]
    public void ToAny_FirstVersionInTheGuestSecondOnTheHost_IsTheSecond()
    {
        V2.Metrics metrics = V2.Metrics.Parser.ParseFrom(MetricsConverter.ToAny(FirstVersion(), CgroupVersion.V2).Value);

        Assert.Equal((400UL, 300UL, 60UL), (metrics.Memory.Anon, metrics.Memory.File, metrics.Memory.InactiveFile));
        Assert.Equal((1000UL, ulong.MaxValue, 100UL), (metrics.Memory.Usage, metrics.Memory.UsageLimit, metrics.Memory.SwapUsage));
        V2.IOEntry disk = Assert.Single(metrics.Io.Usage);
        Assert.Equal((11UL, 22UL, 3UL), (disk.Rbytes, disk.Wbytes, disk.Rios));
    }

    [Fact]
    public void ToAny_FirstVersionOnBothSides_IsUnchanged()
    {
        V1.Metrics metrics = V1.Metrics.Parser.ParseFrom(MetricsConverter.ToAny(FirstVersion(), CgroupVersion.V1).Value);

        Assert.Equal((400UL, 300UL, 7UL), (metrics.Memory.TotalRss, metrics.Memory.Cache, metrics.Memory.PgPgIn));
        Assert.Equal((1000UL, NoLimitOfVersion1, 1100UL), (metrics.Memory.Usage.Usage, metrics.Memory.Usage.Limit, metrics.Memory.Swap.Usage));
        Assert.Equal([("read", 11UL), ("write", 22UL), ("sync", 33UL)], metrics.Blkio.IoServiceBytesRecursive.Select(e => (e.Op, e.Value)));
    }

    [Theory]
    [InlineData(CgroupVersion.V1)]
    [InlineData(CgroupVersion.V2)]
    public void ToAny_HostileGuest_IsBounded(CgroupVersion host)
    {
        StatsContainerResponse stats = SecondVersion();
        stats.CgroupStats.MemoryStats.Usage.Usage = ulong.MaxValue;
        for (uint i = 0; i < 10_000; i++)
        {
            stats.CgroupStats.BlkioStats.IoServiceBytesRecursive.Add(new BlkioStatsEntry { Major = i, Minor = i, Op = "read", Value = ulong.MaxValue });
        }

        Any packed = MetricsConverter.ToAny(stats, host);
        Any empty = MetricsConverter.ToAny(new StatsContainerResponse(), host);

        int disks = host == CgroupVersion.V1
            ? V1.Metrics.Parser.ParseFrom(packed.Value).Blkio.IoServiceBytesRecursive.Count / 3
            : V2.Metrics.Parser.ParseFrom(packed.Value).Io.Usage.Count;
        Assert.Equal(4096, disks);
        Assert.NotEmpty(empty.TypeUrl);
    }

    private static StatsContainerResponse FirstVersion() => new()
    {
        CgroupStats = new WireGroup
        {
            MemoryStats = new WireMemory
            {
                Usage = new MemoryData { Usage = 1000, Limit = NoLimitOfVersion1 },
                SwapUsage = new MemoryData { Usage = 1100, Limit = NoLimitOfVersion1 },
                UseHierarchy = true,
                Stats = { ["total_rss"] = 400, ["rss"] = 1, ["total_cache"] = 300, ["cache"] = 2, ["total_inactive_file"] = 60, ["pgpgin"] = 7 },
            },
            BlkioStats = new BlkioStats
            {
                IoServiceBytesRecursive = { Disk("read", 11), Disk("write", 22), Disk("sync", 33) },
                IoServicedRecursive = { Disk("read", 3), Disk("sync", 3) },
            },
        },
    };

    private static StatsContainerResponse SecondVersion() => new()
    {
        CgroupStats = new WireGroup
        {
            CpuStats = new WireCpu
            {
                CpuUsage = new CpuUsage { TotalUsage = 9000, UsageInUsermode = 6000, UsageInKernelmode = 3000 },
                ThrottlingData = new ThrottlingData { Periods = 5, ThrottledPeriods = 2, ThrottledTime = 700 },
            },
            MemoryStats = new WireMemory
            {
                Usage = new MemoryData { Usage = 1000, MaxUsage = 1200, Limit = 5000, Failcnt = 3 },
                SwapUsage = new MemoryData { Usage = 100, Limit = 2000 },
                UseHierarchy = true,
                Stats =
                {
                    ["anon"] = 400, ["file"] = 300, ["file_mapped"] = 30, ["file_dirty"] = 40, ["file_writeback"] = 50, ["inactive_file"] = 60, ["pgfault"] = 70, ["pgmajfault"] = 80,
                },
            },
            PidsStats = new PidsStats { Current = 4, Limit = 33 },
            BlkioStats = new BlkioStats
            {
                IoServiceBytesRecursive = { Disk("read", 11), Disk("write", 22), Disk("rios", 3), Disk("wios", 4), Disk("dbytes", 5), Disk("dios", 6) },
            },
            HugetlbStats = { ["2MB"] = new HugetlbStats { Usage = 2097152 } },
        },
    };

    private static BlkioStatsEntry Disk(string operation, ulong value) => new() { Major = 8, Minor = 16, Op = operation, Value = value };
}
