namespace Kata.Linux.Cgroups;

/// <summary>What to limit. What is null or empty stays as it is. The units are those of the OCI runtime specification.</summary>
public sealed record CgroupLimits
{
    /// <summary>Processor time and which processors.</summary>
    public CpuLimits? Cpu { get; init; }

    /// <summary>Memory.</summary>
    public MemoryLimits? Memory { get; init; }

    /// <summary>Number of processes and threads; 0 or less is no limit.</summary>
    public long? MaxProcesses { get; init; }

    /// <summary>Disk traffic.</summary>
    public BlockIoLimits? BlockIo { get; init; }

    /// <summary>Huge pages, per size.</summary>
    public IReadOnlyList<HugePageLimit> HugePages { get; init; } = [];

    /// <summary>RDMA resources, per device.</summary>
    public IReadOnlyList<RdmaLimit> Rdma { get; init; } = [];

    /// <summary>Which devices may be used, in order: the last rule that matches a device and a kind of access decides. Null stays as it is.</summary>
    public IReadOnlyList<DeviceRule>? Devices { get; init; }

    /// <summary>The class that traffic is marked with (v1).</summary>
    public uint? NetworkClass { get; init; }

    /// <summary>Priority of traffic, per interface (v1).</summary>
    public IReadOnlyList<NetworkPriority> NetworkPriorities { get; init; } = [];

    /// <summary>Files of v2 and what to write into them, after everything else. An error on v1.</summary>
    public IReadOnlyDictionary<string, string> Unified { get; init; } = new Dictionary<string, string>();
}
