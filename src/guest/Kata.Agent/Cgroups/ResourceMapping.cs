using Kata.Linux.Cgroups;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Cgroups;

/// <summary>From the protocol's resources to limits. The protocol has no absent numbers, so zero means "not set" throughout.</summary>
internal static class ResourceMapping
{
    private const int MaxEntries = 1024;

    /// <summary>The limits; devices are left out.</summary>
    /// <exception cref="KataException">InvalidArgument: absurdly many entries, or numbers that cannot be.</exception>
    public static CgroupLimits Limits(LinuxResources resources) => new()
    {
        Cpu = Cpu(resources.CPU),
        Memory = Memory(resources.Memory),
        MaxProcesses = resources.Pids is { Limit: not 0 } pids ? pids.Limit : null,
        BlockIo = BlockIo(resources.BlockIO),
        HugePages = HugePages(resources.HugepageLimits),
        NetworkClass = resources.Network is { ClassID: not 0 } network ? network.ClassID : null,
        NetworkPriorities = Priorities(resources.Network),
        Rdma = Rdma(resources.Rdma),
        Unified = Unified(resources.Unified),
    };

    private static CpuLimits? Cpu(LinuxCPU? cpu) => cpu is null ? null : new CpuLimits
    {
        Shares = NotZero(cpu.Shares),
        Quota = NotZero(cpu.Quota),
        Period = NotZero(cpu.Period),
        RealtimeRuntime = NotZero(cpu.RealtimeRuntime),
        RealtimePeriod = NotZero(cpu.RealtimePeriod),
        Burst = cpu.HasBurst ? cpu.Burst : null,
        Idle = cpu.HasIdle ? cpu.Idle != 0 : null,
        Cpus = cpu.Cpus.Length > 0 ? cpu.Cpus : null,
        Mems = cpu.Mems.Length > 0 ? cpu.Mems : null,
    };

    // Kernel memory is not passed on: kernels have not had that limit for long.
    private static MemoryLimits? Memory(LinuxMemory? memory) => memory is null ? null : new MemoryLimits
    {
        Limit = NotZero(memory.Limit),
        Reservation = NotZero(memory.Reservation),
        Swap = NotZero(memory.Swap),
        KernelTcp = NotZero(memory.KernelTCP),
        Swappiness = NotZero(memory.Swappiness),
        DisableOomKiller = memory.DisableOOMKiller ? true : null,
    };

    private static BlockIoLimits? BlockIo(LinuxBlockIO? io)
    {
        if (io is null)
        {
            return null;
        }

        RequireFew(io.WeightDevice.Count + io.ThrottleReadBpsDevice.Count + io.ThrottleWriteBpsDevice.Count
            + io.ThrottleReadIOPSDevice.Count + io.ThrottleWriteIOPSDevice.Count);
        return new BlockIoLimits
        {
            Weight = Weight(io.Weight),
            LeafWeight = Weight(io.LeafWeight),
            DeviceWeights = [.. Weights(io.WeightDevice)],
            ReadBytes = [.. Rates(io.ThrottleReadBpsDevice)],
            WriteBytes = [.. Rates(io.ThrottleWriteBpsDevice)],
            ReadOperations = [.. Rates(io.ThrottleReadIOPSDevice)],
            WriteOperations = [.. Rates(io.ThrottleWriteIOPSDevice)],
        };
    }

    private static IEnumerable<DeviceWeight> Weights(IEnumerable<LinuxWeightDevice> entries)
    {
        foreach (LinuxWeightDevice entry in entries)
        {
            yield return new DeviceWeight(Device(entry.Major, entry.Minor), Weight(entry.Weight), Weight(entry.LeafWeight));
        }
    }

    private static IEnumerable<DeviceRate> Rates(IEnumerable<LinuxThrottleDevice> entries)
    {
        foreach (LinuxThrottleDevice entry in entries)
        {
            yield return new DeviceRate(Device(entry.Major, entry.Minor), entry.Rate);
        }
    }

    private static List<HugePageLimit> HugePages(IReadOnlyList<LinuxHugepageLimit> entries)
    {
        RequireFew(entries.Count);
        var limits = new List<HugePageLimit>(entries.Count);
        foreach (LinuxHugepageLimit entry in entries)
        {
            limits.Add(new HugePageLimit(entry.Pagesize, entry.Limit));
        }

        return limits;
    }

    private static List<NetworkPriority> Priorities(LinuxNetwork? network)
    {
        RequireFew(network?.Priorities.Count ?? 0);
        var priorities = new List<NetworkPriority>();
        foreach (LinuxInterfacePriority entry in network?.Priorities ?? [])
        {
            priorities.Add(new NetworkPriority(entry.Name, entry.Priority));
        }

        return priorities;
    }

    private static List<RdmaLimit> Rdma(IDictionary<string, LinuxRdma> entries)
    {
        RequireFew(entries.Count);
        var limits = new List<RdmaLimit>(entries.Count);
        foreach ((string device, LinuxRdma limit) in entries)
        {
            limits.Add(new RdmaLimit(device, limit.HasHcaHandles ? limit.HcaHandles : null, limit.HasHcaObjects ? limit.HcaObjects : null));
        }

        return limits;
    }

    private static Dictionary<string, string> Unified(IDictionary<string, string> entries)
    {
        RequireFew(entries.Count);
        return new Dictionary<string, string>(entries);
    }

    private static DeviceNumber Device(long major, long minor) => major is >= 0 and <= 0xfff && minor is >= 0 and <= 0xfffff
        ? new DeviceNumber((uint)major, (uint)minor)
        : throw KataException.Invalid($"{major}:{minor} is no device number");

    private static ushort? Weight(uint weight) => weight switch
    {
        0 => null,
        <= ushort.MaxValue => (ushort)weight,
        _ => throw KataException.Invalid($"block I/O weight {weight} is too large: 10 to 1000"),
    };

    private static void RequireFew(int count)
    {
        if (count > MaxEntries)
        {
            throw KataException.Invalid($"resources have {count} entries for devices; the most is {MaxEntries}");
        }
    }

    private static ulong? NotZero(ulong value) => value == 0 ? null : value;

    private static long? NotZero(long value) => value == 0 ? null : value;
}
