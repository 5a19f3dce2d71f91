namespace Kata.Linux.Cgroups;

/// <summary>What a group has used.</summary>
public sealed record CgroupStats
{
    /// <summary>Processor time.</summary>
    public required CpuStats Cpu { get; init; }

    /// <summary>Memory.</summary>
    public required MemoryStats Memory { get; init; }

    /// <summary>Number of processes and threads.</summary>
    public required ulong Processes { get; init; }

    /// <summary>Its limit; 0 for none.</summary>
    public required ulong MaxProcesses { get; init; }

    /// <summary>Disk traffic.</summary>
    public required BlockIoStats BlockIo { get; init; }

    /// <summary>Huge pages, by size (<c>2MB</c>).</summary>
    public required IReadOnlyDictionary<string, MemoryUsage> HugePages { get; init; }
}
