using Google.Protobuf.Collections;
using Kata.Protocols.Agent;
using V2 = Kata.Protocols.CgroupsV2;

namespace Kata.Shim.Statistics;

/// <summary>Usage counters in the layout of cgroup v2.</summary>
internal static class MetricsV2
{
    private const ulong NanosecondsPerMicrosecond = 1000;

    /// <summary>Whether a guest counted by cgroup v2: the two versions share no name for anonymous memory.</summary>
    public static bool Describes(StatsContainerResponse stats) => stats.CgroupStats?.MemoryStats?.Stats.ContainsKey("anon") ?? false;

    /// <summary>Converts.</summary>
    public static V2.Metrics Of(StatsContainerResponse stats)
    {
        CgroupStats group = stats.CgroupStats;
        var metrics = new V2.Metrics
        {
            Pids = new V2.PidsStat { Current = group.PidsStats?.Current ?? 0, Limit = group.PidsStats?.Limit ?? 0 },
            Cpu = Cpu(group.CpuStats ?? new CpuStats()),
            Memory = Memory(group.MemoryStats),
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

    private static V2.MemoryStat Memory(MemoryStats memory)
    {
        MapField<string, ulong> values = memory.Stats;
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
            Usage = memory.Usage?.Usage ?? 0,
            UsageLimit = memory.Usage?.Limit ?? 0,
            MaxUsage = memory.Usage?.MaxUsage ?? 0,
            SwapUsage = memory.SwapUsage?.Usage ?? 0,
            SwapLimit = memory.SwapUsage?.Limit ?? 0,
            SwapMaxUsage = memory.SwapUsage?.MaxUsage ?? 0,
        };

        ulong Value(string name) => values.TryGetValue(name, out ulong value) ? value : 0;
    }

    private static V2.IOStat Io(BlkioStats io)
    {
        var devices = new Dictionary<(ulong Major, ulong Minor), V2.IOEntry>();
        foreach (BlkioStatsEntry entry in io.IoServiceBytesRecursive)
        {
            V2.IOEntry device = Device(entry);
            device.Rbytes += IsRead(entry) ? entry.Value : 0;
            device.Wbytes += IsWrite(entry) ? entry.Value : 0;
        }

        foreach (BlkioStatsEntry entry in io.IoServicedRecursive)
        {
            V2.IOEntry device = Device(entry);
            device.Rios += IsRead(entry) ? entry.Value : 0;
            device.Wios += IsWrite(entry) ? entry.Value : 0;
        }

        var stat = new V2.IOStat();
        stat.Usage.AddRange(devices.Values);
        return stat;

        V2.IOEntry Device(BlkioStatsEntry entry)
        {
            if (!devices.TryGetValue((entry.Major, entry.Minor), out V2.IOEntry? device))
            {
                device = new V2.IOEntry { Major = entry.Major, Minor = entry.Minor };
                devices.Add((entry.Major, entry.Minor), device);
            }

            return device;
        }
    }

    private static bool IsRead(BlkioStatsEntry entry) => entry.Op.Equals("read", StringComparison.OrdinalIgnoreCase);

    private static bool IsWrite(BlkioStatsEntry entry) => entry.Op.Equals("write", StringComparison.OrdinalIgnoreCase);
}
