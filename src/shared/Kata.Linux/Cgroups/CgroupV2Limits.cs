using System.Globalization;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>Writes limits into the files of version 2.</summary>
internal static class CgroupV2Limits
{
    private const int MaxUnifiedValue = 4096;

    internal static void Apply(CgroupLimits limits, CgroupDirectory directory)
    {
        if (limits.Cpu is { } cpu)
        {
            ApplyCpu(cpu, directory);
        }

        if (limits.Memory is { } memory)
        {
            ApplyMemory(memory, directory);
        }

        if (limits.MaxProcesses is { } max)
        {
            Write(directory, "pids.max", CgroupNumbers.OrMax(max));
        }

        if (limits.BlockIo is { } io)
        {
            ApplyBlockIo(io, directory);
        }

        foreach (HugePageLimit huge in limits.HugePages)
        {
            string size = CgroupNumbers.RequirePageSize(huge.PageSize);
            CgroupNumbers.RequireHeld(huge, directory.TryWrite($"hugetlb.{size}.max", CgroupNumbers.Text(huge.Limit)));
        }

        foreach (RdmaLimit limit in limits.Rdma)
        {
            Write(directory, "rdma.max", limit.ToString());
        }

        if (limits.Devices is { } rules)
        {
            DeviceFilter.Attach(directory.Path, rules);
        }

        foreach ((string file, string value) in limits.Unified)
        {
            Write(directory, RequireFile(file, value), value);
        }
    }

    private static void ApplyCpu(CpuLimits cpu, CgroupDirectory directory)
    {
        if (cpu.Shares > 0)
        {
            Write(directory, "cpu.weight", CgroupNumbers.Text(CgroupNumbers.WeightOfShares(cpu.Shares.Value)));
        }

        if (cpu.Quota is not (null or 0) || cpu.Period > 0)
        {
            // Both share a file, and what is not given stays: a lone word changes the quota, a period needs the quota before it.
            string old = directory.TryRead("cpu.max")?.Split(' ')[0].Trim() is { Length: > 0 } text ? text : "max";
            string quota = cpu.Quota switch
            {
                null or 0 => old,
                < 0 => "max",
                { } value => CgroupNumbers.Text(value),
            };
            Write(directory, "cpu.max", cpu.Period > 0 ? string.Create(CultureInfo.InvariantCulture, $"{quota} {cpu.Period}") : quota);
        }

        if (cpu.Burst is { } burst)
        {
            Write(directory, "cpu.max.burst", CgroupNumbers.Text(burst));
        }

        if (cpu.Idle is { } idle)
        {
            Write(directory, "cpu.idle", idle ? "1" : "0");
        }

        if (!string.IsNullOrEmpty(cpu.Cpus))
        {
            Write(directory, "cpuset.cpus", CgroupNumbers.RequireList(cpu.Cpus));
        }

        if (!string.IsNullOrEmpty(cpu.Mems))
        {
            Write(directory, "cpuset.mems", CgroupNumbers.RequireList(cpu.Mems));
        }
    }

    private static void ApplyMemory(MemoryLimits memory, CgroupDirectory directory)
    {
        if (memory.Swappiness > 100)
        {
            throw KataException.Invalid($"memory swappiness {memory.Swappiness} is out of range; use 0 to 100");
        }

        long limit = memory.Limit ?? 0;
        long swap = memory.Swap is null or 0 && limit == -1 ? -1 : memory.Swap ?? 0;
        if (swap > 0 && limit <= 0)
        {
            throw KataException.Invalid("a limit on memory and swap together needs a limit on memory with cgroup v2");
        }

        if (swap > 0 && swap < limit)
        {
            throw KataException.Invalid($"the limit on memory and swap together ({swap}) is below the limit on memory ({limit})");
        }

        if (swap != 0)
        {
            // No such file: the kernel does not account swap, as where there is none.
            directory.TryWrite("memory.swap.max", swap == -1 ? "max" : CgroupNumbers.Text(swap - limit));
        }

        if (limit != 0)
        {
            Write(directory, "memory.max", CgroupNumbers.OrMax(limit));
        }

        if (memory.Reservation is { } low and not 0)
        {
            Write(directory, "memory.low", CgroupNumbers.OrMax(low));
        }
    }

    private static void ApplyBlockIo(BlockIoLimits io, CgroupDirectory directory)
    {
        if (io.Weight > 0)
        {
            WriteWeight(directory, string.Empty, io.Weight.Value);
        }

        foreach (DeviceWeight weight in io.DeviceWeights)
        {
            if (weight.Weight > 0)
            {
                WriteWeight(directory, $"{weight.Device} ", weight.Weight.Value);
            }
        }

        WriteRates(directory, "rbps", io.ReadBytes);
        WriteRates(directory, "wbps", io.WriteBytes);
        WriteRates(directory, "riops", io.ReadOperations);
        WriteRates(directory, "wiops", io.WriteOperations);
    }

    private static void WriteWeight(CgroupDirectory directory, string prefix, ushort weight)
    {
        // BFQ keeps the old scale; io.weight belongs to the io.cost controller.
        if (!directory.TryWrite("io.bfq.weight", $"{prefix}{weight}"))
        {
            Write(directory, "io.weight", $"{(prefix.Length == 0 ? "default " : prefix)}{CgroupNumbers.WeightOfBlockWeight(weight)}");
        }
    }

    private static void WriteRates(CgroupDirectory directory, string key, IReadOnlyList<DeviceRate> rates)
    {
        foreach (DeviceRate rate in rates)
        {
            Write(directory, "io.max", $"{rate.Device} {key}={(rate.Rate == 0 ? "max" : CgroupNumbers.Text(rate.Rate))}");
        }
    }

    private static void Write(CgroupDirectory directory, string file, string value)
    {
        if (!directory.TryWrite(file, value))
        {
            throw KataException.Unsupported($"cgroup {directory.Path} has no {file}: its controller is not available in this kernel, or not handed down to this group");
        }
    }

    private static string RequireFile(string file, string value)
    {
        // Files that begin with "cgroup." are not limits but move processes and controllers about.
        bool valid = file.Contains('.', StringComparison.Ordinal)
            && !file.StartsWith("cgroup.", StringComparison.Ordinal)
            && !file.AsSpan().ContainsAny('/', '\0')
            && file.Length <= NativePath.MaxLength / 16
            && value.Length is > 0 and <= MaxUnifiedValue;
        return valid ? file : throw KataException.Invalid($"'{Printable.Escape(file, 64)}' is not a limit that can be set in a cgroup");
    }
}
