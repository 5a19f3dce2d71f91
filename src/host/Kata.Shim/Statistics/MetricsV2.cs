using Kata.Protocols.Agent;
using V2 = Kata.Protocols.CgroupsV2;

namespace Kata.Shim.Statistics;

/// <summary>Usage counters in the layout of cgroup v2.</summary>
internal static class MetricsV2
{
    private const ulong NanosecondsPerMicrosecond = 1000;

    /// <summary>Converts.</summary>
    public static V2.Metrics Of(StatsContainerResponse stats)
    {
        CgroupStats group = stats.CgroupStats ?? new CgroupStats();
        var metrics = new V2.Metrics
        {
            Pids = new V2.PidsStat { Current = group.PidsStats?.Current ?? 0, Limit = group.PidsStats?.Limit ?? 0 },
            Cpu = Cpu(group.CpuStats ?? new CpuStats()),
            Memory = Memory(new GuestCounters(group.MemoryStats ?? new MemoryStats())),
            Io = Io(group.BlkioStats ?? new BlkioStats()),
        };
        metrics.Hugetlb.AddRange(group.HugetlbStats.Select(
            entry => new V2.HugeTlbStat { Pagesize = entry.Key, Current = entry.Value.Usage, Max = entry.Value.MaxUsage }));
        return metrics;
    }

    private static V2.CPUStat Cpu(CpuStats cpu)
    {
        CpuUsage usage = cpu.CpuUsage ?? new CpuUsage();
        ThrottlingData throttling = cpu.ThrottlingData ?? new ThrottlingData();
        return new V2.CPUStat
        {
            UsageUsec = usage.TotalUsage / NanosecondsPerMicrosecond,
            UserUsec = usage.UsageInUsermode / NanosecondsPerMicrosecond,
            SystemUsec = usage.UsageInKernelmode / NanosecondsPerMicrosecond,
            NrPeriods = throttling.Periods,
            NrThrottled = throttling.ThrottledPeriods,
            ThrottledUsec = throttling.ThrottledTime / NanosecondsPerMicrosecond,
        };
    }

    private static V2.MemoryStat Memory(GuestCounters counters)
    {
        MemoryData memory = counters.Memory;
        MemoryData swap = counters.Swap;
        return new V2.MemoryStat
        {
            Anon = Value("anon"),
            File = Value("file"),
            KernelStack = Value("kernel_stack"),
            Slab = Value("slab"),
            Sock = Value("sock"),
            Shmem = Value("shmem"),
            FileMapped = Value("file_mapped"),
            FileDirty = Value("file_dirty"),
            FileWriteback = Value("file_writeback"),
            AnonThp = Value("anon_thp"),
            InactiveAnon = Value("inactive_anon"),
            ActiveAnon = Value("active_anon"),
            InactiveFile = Value("inactive_file"),
            ActiveFile = Value("active_file"),
            Unevictable = Value("unevictable"),
            SlabReclaimable = Value("slab_reclaimable"),
            SlabUnreclaimable = Value("slab_unreclaimable"),
            Pgfault = Value("pgfault"),
            Pgmajfault = Value("pgmajfault"),
            Pgrefill = Value("pgrefill"),
            Pgscan = Value("pgscan"),
            Pgsteal = Value("pgsteal"),
            Pgactivate = Value("pgactivate"),
            Pgdeactivate = Value("pgdeactivate"),
            Usage = memory.Usage,
            UsageLimit = GuestCounters.SecondLimit(memory.Limit),
            MaxUsage = memory.MaxUsage,
            SwapUsage = swap.Usage,
            SwapLimit = swap.Limit,
            SwapMaxUsage = swap.MaxUsage,
        };

        ulong Value(string name) => counters.Second(name);
    }

    private static V2.IOStat Io(BlkioStats io)
    {
        var stat = new V2.IOStat();
        foreach (DiskCounters disk in DiskCounters.Of(io))
        {
            stat.Usage.Add(new V2.IOEntry
            {
                Major = disk.Major,
                Minor = disk.Minor,
                Rbytes = disk.ReadBytes,
                Wbytes = disk.WrittenBytes,
                Rios = disk.Reads,
                Wios = disk.Writes,
            });
        }

        return stat;
    }
}
