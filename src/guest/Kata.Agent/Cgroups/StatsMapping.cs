using Google.Protobuf.Collections;
using Kata.Linux.Cgroups;
using Kata.Protocols.Agent;
using GroupStats = Kata.Linux.Cgroups.CgroupStats;
using WireStats = Kata.Protocols.Agent.CgroupStats;

namespace Kata.Agent.Cgroups;

/// <summary>From a group's accounts to the protocol's.</summary>
internal static class StatsMapping
{
    /// <summary>Translates all of them. A pids limit of "no limit" is 0, as upstream says it.</summary>
    public static WireStats ToWire(GroupStats stats)
    {
        var wire = new WireStats
        {
            CpuStats = new Protocols.Agent.CpuStats
            {
                CpuUsage = new CpuUsage
                {
                    TotalUsage = stats.Cpu.Total,
                    UsageInKernelmode = stats.Cpu.Kernel,
                    UsageInUsermode = stats.Cpu.User,
                },
                ThrottlingData = new ThrottlingData
                {
                    Periods = stats.Cpu.Periods,
                    ThrottledPeriods = stats.Cpu.ThrottledPeriods,
                    ThrottledTime = stats.Cpu.ThrottledTime,
                },
            },
            MemoryStats = new Protocols.Agent.MemoryStats
            {
                Cache = stats.Memory.Cache,
                Usage = Data(stats.Memory.Memory),
                SwapUsage = Data(stats.Memory.Swap),
                KernelUsage = Data(stats.Memory.Kernel),
                UseHierarchy = stats.Memory.UseHierarchy,
            },
            PidsStats = new PidsStats { Current = stats.Processes, Limit = stats.MaxProcesses == ulong.MaxValue ? 0 : stats.MaxProcesses },
            BlkioStats = Disks(stats.BlockIo),
        };
        wire.CpuStats.CpuUsage.PercpuUsage.AddRange(stats.Cpu.PerProcessor);
        foreach ((string name, ulong value) in stats.Memory.Details)
        {
            wire.MemoryStats.Stats[name] = value;
        }

        foreach ((string size, MemoryUsage usage) in stats.HugePages)
        {
            wire.HugetlbStats[size] = new HugetlbStats { Usage = usage.Usage, MaxUsage = usage.Peak, Failcnt = usage.Failures };
        }

        return wire;
    }

    private static MemoryData Data(MemoryUsage usage) => new()
    {
        Usage = usage.Usage,
        MaxUsage = usage.Peak,
        Failcnt = usage.Failures,
        Limit = usage.Limit,
    };

    private static BlkioStats Disks(BlockIoStats stats)
    {
        var wire = new BlkioStats();
        Add(wire.IoServiceBytesRecursive, stats.ServiceBytes);
        Add(wire.IoServicedRecursive, stats.Serviced);
        Add(wire.IoQueuedRecursive, stats.Queued);
        Add(wire.IoServiceTimeRecursive, stats.ServiceTime);
        Add(wire.IoWaitTimeRecursive, stats.WaitTime);
        Add(wire.IoMergedRecursive, stats.Merged);
        Add(wire.IoTimeRecursive, stats.Time);
        Add(wire.SectorsRecursive, stats.Sectors);
        return wire;
    }

    private static void Add(RepeatedField<BlkioStatsEntry> wire, IReadOnlyList<BlockIoEntry> entries)
    {
        foreach (BlockIoEntry entry in entries)
        {
            wire.Add(new BlkioStatsEntry { Major = entry.Device.Major, Minor = entry.Device.Minor, Op = entry.Operation, Value = entry.Value });
        }
    }
}
