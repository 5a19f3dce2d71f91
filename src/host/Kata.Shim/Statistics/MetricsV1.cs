using Google.Protobuf.Collections;
using Kata.Protocols.Agent;
using V1 = Kata.Protocols.CgroupsV1;

namespace Kata.Shim.Statistics;

/// <summary>Usage counters in the layout of cgroup v1.</summary>
internal static class MetricsV1
{
    /// <summary>Converts.</summary>
    public static V1.Metrics Of(StatsContainerResponse stats)
    {
        CgroupStats group = stats.CgroupStats ?? new CgroupStats();
        MemoryStats memory = group.MemoryStats ?? new MemoryStats();
        var metrics = new V1.Metrics
        {
            Pids = new V1.PidsStat { Current = group.PidsStats?.Current ?? 0, Limit = group.PidsStats?.Limit ?? 0 },
            Cpu = Cpu(group.CpuStats ?? new CpuStats()),
            Memory = Memory(memory),
            Blkio = BlockIo(group.BlkioStats ?? new BlkioStats(), new GuestCounters(memory).IsSecondVersion),
        };
        metrics.Hugetlb.AddRange(group.HugetlbStats.Select(
            entry => new V1.HugetlbStat { Pagesize = entry.Key, Usage = entry.Value.Usage, Max = entry.Value.MaxUsage, Failcnt = entry.Value.Failcnt }));
        metrics.Network.AddRange(stats.NetworkStats.Select(Network));
        return metrics;
    }

    private static V1.CPUStat Cpu(CpuStats cpu)
    {
        CpuUsage usage = cpu.CpuUsage ?? new CpuUsage();
        ThrottlingData throttling = cpu.ThrottlingData ?? new ThrottlingData();
        var stat = new V1.CPUStat
        {
            Usage = new V1.CPUUsage { Total = usage.TotalUsage, Kernel = usage.UsageInKernelmode, User = usage.UsageInUsermode },
            Throttling = new V1.Throttle
            {
                Periods = throttling.Periods,
                ThrottledPeriods = throttling.ThrottledPeriods,
                ThrottledTime = throttling.ThrottledTime,
            },
        };
        stat.Usage.PerCpu.AddRange(usage.PercpuUsage);
        return stat;
    }

    private static V1.MemoryStat Memory(MemoryStats memory)
    {
        var counters = new GuestCounters(memory);
        string prefix = memory.UseHierarchy ? "total_" : string.Empty;
        return new V1.MemoryStat
        {
            Cache = Value(prefix + "cache"),
            Rss = Value(prefix + "rss"),
            RssHuge = Value("rss_huge"),
            MappedFile = Value(prefix + "mapped_file"),
            Dirty = Value("dirty"),
            Writeback = Value("writeback"),
            PgPgIn = Value("pgpgin"),
            PgPgOut = Value("pgpgout"),
            PgFault = Value("pgfault"),
            PgMajFault = Value("pgmajfault"),
            InactiveAnon = Value("inactive_anon"),
            ActiveAnon = Value("active_anon"),
            InactiveFile = Value("inactive_file"),
            ActiveFile = Value("active_file"),
            Unevictable = Value("unevictable"),
            HierarchicalMemoryLimit = Value("hierarchical_memory_limit"),
            HierarchicalSwapLimit = Value("hierarchical_memsw_limit"),
            TotalCache = Value("total_cache"),
            TotalRss = Value("total_rss"),
            TotalRssHuge = Value("total_rss_huge"),
            TotalMappedFile = Value("total_mapped_file"),
            TotalDirty = Value("total_dirty"),
            TotalWriteback = Value("total_writeback"),
            TotalPgPgIn = Value("total_pgpgin"),
            TotalPgPgOut = Value("total_pgpgout"),
            TotalPgFault = Value("total_pgfault"),
            TotalPgMajFault = Value("total_pgmajfault"),
            TotalInactiveAnon = Value("total_inactive_anon"),
            TotalActiveAnon = Value("total_active_anon"),
            TotalInactiveFile = Value("total_inactive_file"),
            TotalActiveFile = Value("total_active_file"),
            TotalUnevictable = Value("total_unevictable"),
            Usage = Entry(counters.Memory),
            Swap = Entry(counters.MemoryAndSwap),
            Kernel = Entry(memory.KernelUsage),
        };

        ulong Value(string name) => counters.First(name);
    }

    private static V1.MemoryEntry Entry(MemoryData? data) =>
        new() { Limit = GuestCounters.FirstLimit(data?.Limit ?? 0), Usage = data?.Usage ?? 0, Max = data?.MaxUsage ?? 0, Failcnt = data?.Failcnt ?? 0 };

    private static V1.BlkIOStat BlockIo(BlkioStats io, bool secondVersion)
    {
        var stat = new V1.BlkIOStat();
        if (secondVersion)
        {
            foreach (DiskCounters disk in DiskCounters.Of(io))
            {
                Add(stat.IoServiceBytesRecursive, disk, disk.ReadBytes, disk.WrittenBytes, disk.DiscardedBytes);
                Add(stat.IoServicedRecursive, disk, disk.Reads, disk.Writes, disk.Discards);
            }

            return stat;
        }

        Copy(io.IoServiceBytesRecursive, stat.IoServiceBytesRecursive);
        Copy(io.IoServicedRecursive, stat.IoServicedRecursive);
        Copy(io.IoQueuedRecursive, stat.IoQueuedRecursive);
        Copy(io.IoServiceTimeRecursive, stat.IoServiceTimeRecursive);
        Copy(io.IoWaitTimeRecursive, stat.IoWaitTimeRecursive);
        Copy(io.IoMergedRecursive, stat.IoMergedRecursive);
        Copy(io.IoTimeRecursive, stat.IoTimeRecursive);
        Copy(io.SectorsRecursive, stat.SectorsRecursive);
        return stat;
    }

    private static void Add(RepeatedField<V1.BlkIOEntry> to, DiskCounters disk, ulong read, ulong written, ulong discarded)
    {
        to.Add(new V1.BlkIOEntry { Op = "read", Major = disk.Major, Minor = disk.Minor, Value = read });
        to.Add(new V1.BlkIOEntry { Op = "write", Major = disk.Major, Minor = disk.Minor, Value = written });
        to.Add(new V1.BlkIOEntry { Op = "discard", Major = disk.Major, Minor = disk.Minor, Value = discarded });
    }

    private static void Copy(RepeatedField<BlkioStatsEntry> from, RepeatedField<V1.BlkIOEntry> to) =>
        to.AddRange(from.Select(entry => new V1.BlkIOEntry { Op = entry.Op, Major = entry.Major, Minor = entry.Minor, Value = entry.Value }));

    private static V1.NetworkStat Network(NetworkStats network) => new()
    {
        Name = network.Name,
        RxBytes = network.RxBytes,
        RxPackets = network.RxPackets,
        RxErrors = network.RxErrors,
        RxDropped = network.RxDropped,
        TxBytes = network.TxBytes,
        TxPackets = network.TxPackets,
        TxErrors = network.TxErrors,
        TxDropped = network.TxDropped,
    };
}
