namespace Kata.Linux.Cgroups;

/// <summary>Limits of memory, in bytes. -1 is no limit, 0 stays as it is.</summary>
public sealed record MemoryLimits
{
    /// <summary>Memory, page cache included.</summary>
    public long? Limit { get; init; }

    /// <summary>What is protected, or aimed at, when memory is short.</summary>
    public long? Reservation { get; init; }

    /// <summary>Memory and swap together, as in the OCI specification on both versions.</summary>
    public long? Swap { get; init; }

    /// <summary>Kernel memory for TCP buffers (v1, where the kernel still has it).</summary>
    public long? KernelTcp { get; init; }

    /// <summary>0 to 100: how readily to swap (v1).</summary>
    public ulong? Swappiness { get; init; }

    /// <summary>Whether processes wait for memory instead of being killed (v1).</summary>
    public bool? DisableOomKiller { get; init; }

    /// <summary>Whether child groups count here (v1; newer kernels always do).</summary>
    public bool? UseHierarchy { get; init; }
}
