using System.Globalization;
using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>Writes limits into the files of version 1.</summary>
internal static class CgroupV1Limits
{
    private const string Quota = "cpu.cfs_quota_us";
    private const string Period = "cpu.cfs_period_us";
    private const string Memory = "memory.limit_in_bytes";
    private const string MemoryAndSwap = "memory.memsw.limit_in_bytes";

    /// <summary>Writes what is asked for.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="require">Finds the directory of a controller for a purpose, or throws Unsupported.</param>
    internal static void Apply(CgroupLimits limits, Func<string, string, CgroupDirectory> require)
    {
        ArgumentNullException.ThrowIfNull(limits);
        if (limits.Unified.Count > 0)
        {
            throw KataException.Unsupported("'unified' limits need cgroup v2, and this system has cgroup v1");
        }

        if (limits.Cpu is { } cpu)
        {
            ApplyCpu(cpu, require);
        }

        if (limits.Memory is { } memory)
        {
            ApplyMemory(memory, require);
        }

        if (limits.MaxProcesses is { } max)
        {
            require("pids", "limiting processes").Write("pids.max", CgroupNumbers.OrMax(max));
        }

        if (limits.BlockIo is { } io)
        {
            ApplyBlockIo(io, require);
        }

        foreach (HugePageLimit huge in limits.HugePages)
        {
            string size = CgroupNumbers.RequirePageSize(huge.PageSize);
            CgroupNumbers.RequireHeld(huge, require("hugetlb", "limiting huge pages").TryWrite($"hugetlb.{size}.limit_in_bytes", CgroupNumbers.Text(huge.Limit)));
        }

        foreach (RdmaLimit limit in limits.Rdma)
        {
            require("rdma", "limiting RDMA").Write("rdma.max", limit.ToString());
        }

        foreach (DeviceRule rule in limits.Devices ?? [])
        {
            require("devices", "limiting devices").Write(rule.Allow ? "devices.allow" : "devices.deny", rule.ToString());
        }

        ApplyNetwork(limits, require);
    }

    private static void ApplyCpu(CpuLimits cpu, Func<string, string, CgroupDirectory> require)
    {
        bool any = cpu.Shares > 0 || cpu.Quota is not (null or 0) || cpu.Period > 0 || cpu.Burst is not null || cpu.Idle is not null
            || cpu.RealtimeRuntime is not null || cpu.RealtimePeriod > 0;
        if (any)
        {
            CgroupDirectory directory = require("cpu", "limiting processor time");
            WriteIf(directory, "cpu.shares", cpu.Shares);
            ApplyBandwidth(directory, cpu);
            WriteIf(directory, "cpu.cfs_burst_us", cpu.Burst, zeroCounts: true);
            WriteIf(directory, "cpu.rt_period_us", cpu.RealtimePeriod);
            if (cpu.RealtimeRuntime is { } runtime)
            {
                directory.Write("cpu.rt_runtime_us", runtime);
            }

            if (cpu.Idle is { } idle)
            {
                directory.Write("cpu.idle", idle ? 1 : 0);
            }
        }

        WriteIf("cpuset.cpus", cpu.Cpus, require);
        WriteIf("cpuset.mems", cpu.Mems, require);
    }

    private static void ApplyBandwidth(CgroupDirectory directory, CpuLimits cpu)
    {
        bool quota = cpu.Quota is not (null or 0);
        try
        {
            WriteIf(directory, Period, cpu.Period);
        }
        catch (LinuxException error) when (error.Errno == Errno.EINVAL && quota)
        {
            // The new period does not go with the old quota: the other way round, then.
            directory.Write(Quota, cpu.Quota!.Value);
            WriteIf(directory, Period, cpu.Period);
            return;
        }

        if (quota)
        {
            directory.Write(Quota, Math.Max(cpu.Quota!.Value, -1));
        }
    }

    private static void ApplyMemory(MemoryLimits memory, Func<string, string, CgroupDirectory> require)
    {
        if (memory.Swappiness > 100)
        {
            throw KataException.Invalid($"memory swappiness {memory.Swappiness} is out of range; use 0 to 100");
        }

        CgroupDirectory directory = require("memory", "limiting memory");
        if (memory.UseHierarchy is { } hierarchy)
        {
            directory.TryWrite("memory.use_hierarchy", hierarchy ? "1" : "0");
        }

        ApplyMemoryAndSwap(directory, memory);
        WriteIf(directory, "memory.soft_limit_in_bytes", memory.Reservation);
        if (memory.KernelTcp is not (null or 0))
        {
            directory.TryWrite("memory.kmem.tcp.limit_in_bytes", CgroupNumbers.Text(memory.KernelTcp.Value));
        }

        WriteIf(directory, "memory.swappiness", memory.Swappiness, zeroCounts: true);
        if (memory.DisableOomKiller is { } disable)
        {
            directory.Write("memory.oom_control", disable ? 1 : 0);
        }
    }

    private static void ApplyMemoryAndSwap(CgroupDirectory directory, MemoryLimits memory)
    {
        long limit = memory.Limit ?? 0;

        // No limit on memory with an old limit on both would be refused.
        long swap = memory.Swap is null or 0 && limit == -1 ? -1 : memory.Swap ?? 0;
        if (limit == 0 || swap == 0)
        {
            WriteIf(directory, Memory, limit);
            WriteSwap(directory, swap);
            return;
        }

        // The kernel wants memory ≤ memory and swap at every moment.
        bool swapFirst = swap == -1 || (ulong)swap > directory.ReadNumber(Memory);
        if (swapFirst)
        {
            WriteSwap(directory, swap);
        }

        WriteIf(directory, Memory, limit);
        if (!swapFirst)
        {
            WriteSwap(directory, swap);
        }
    }

    private static void WriteSwap(CgroupDirectory directory, long value)
    {
        if (value != 0)
        {
            // No such file: the kernel does not account swap, as where there is none. The limit on memory holds alone then.
            directory.TryWrite(MemoryAndSwap, CgroupNumbers.Text(value));
        }
    }

    private static void ApplyBlockIo(BlockIoLimits io, Func<string, string, CgroupDirectory> require)
    {
        CgroupDirectory directory = require("blkio", "limiting disk traffic");
        if (io.Weight > 0)
        {
            WriteFirst(directory, ["blkio.weight", "blkio.bfq.weight"], CgroupNumbers.Text(io.Weight.Value));
        }

        if (io.LeafWeight > 0)
        {
            WriteFirst(directory, ["blkio.leaf_weight"], CgroupNumbers.Text(io.LeafWeight.Value));
        }

        foreach (DeviceWeight weight in io.DeviceWeights)
        {
            if (weight.Weight > 0)
            {
                WriteFirst(directory, ["blkio.weight_device", "blkio.bfq.weight_device"], $"{weight.Device} {weight.Weight}");
            }

            if (weight.LeafWeight > 0)
            {
                WriteFirst(directory, ["blkio.leaf_weight_device"], $"{weight.Device} {weight.LeafWeight}");
            }
        }

        WriteRates(directory, "blkio.throttle.read_bps_device", io.ReadBytes);
        WriteRates(directory, "blkio.throttle.write_bps_device", io.WriteBytes);
        WriteRates(directory, "blkio.throttle.read_iops_device", io.ReadOperations);
        WriteRates(directory, "blkio.throttle.write_iops_device", io.WriteOperations);
    }

    private static void WriteRates(CgroupDirectory directory, string file, IReadOnlyList<DeviceRate> rates)
    {
        foreach (DeviceRate rate in rates)
        {
            directory.Write(file, string.Create(CultureInfo.InvariantCulture, $"{rate.Device} {rate.Rate}"));
        }
    }

    private static void WriteFirst(CgroupDirectory directory, ReadOnlySpan<string> files, string value)
    {
        foreach (string file in files)
        {
            if (directory.TryWrite(file, value))
            {
                return;
            }
        }

        throw KataException.Unsupported($"this kernel cannot weigh disk traffic: there is no {files[0]}");
    }

    private static void ApplyNetwork(CgroupLimits limits, Func<string, string, CgroupDirectory> require)
    {
        if (limits.NetworkClass is { } id)
        {
            require("net_cls", "marking traffic").Write("net_cls.classid", id);
        }

        foreach (NetworkPriority priority in limits.NetworkPriorities)
        {
            if (priority.Interface.AsSpan().ContainsAny(' ', '\n', '\0'))
            {
                throw KataException.Invalid($"'{Printable.Escape(priority.Interface, 32)}' is no network interface");
            }

            require("net_prio", "ranking traffic").Write("net_prio.ifpriomap", $"{priority.Interface} {priority.Priority}");
        }
    }

    private static void WriteIf(CgroupDirectory directory, string file, ulong? value, bool zeroCounts = false)
    {
        if (value is { } number && (number != 0 || zeroCounts))
        {
            directory.Write(file, CgroupNumbers.Text(number));
        }
    }

    private static void WriteIf(CgroupDirectory directory, string file, long? value)
    {
        if (value is { } number and not 0)
        {
            directory.Write(file, number);
        }
    }

    private static void WriteIf(string file, string? list, Func<string, string, CgroupDirectory> require)
    {
        if (!string.IsNullOrEmpty(list))
        {
            require("cpuset", "choosing processors").Write(file, CgroupNumbers.RequireList(list));
        }
    }
}
