namespace Kata.Linux.Cgroups;

/// <summary>Use of memory.</summary>
public sealed record MemoryStats
{
    /// <summary>Memory, page cache included.</summary>
    public MemoryUsage Memory { get; init; }

    /// <summary>Memory and swap together on v1; swap alone on v2.</summary>
    public MemoryUsage Swap { get; init; }

    /// <summary>Kernel memory (v1).</summary>
    public MemoryUsage Kernel { get; init; }

    /// <summary>Kernel memory for TCP buffers (v1).</summary>
    public MemoryUsage KernelTcp { get; init; }

    /// <summary>Page cache.</summary>
    public ulong Cache { get; init; }

    /// <summary>Whether child groups are included.</summary>
    public bool UseHierarchy { get; init; }

    /// <summary>Processes killed for lack of memory.</summary>
    public ulong OomKills { get; init; }

    /// <summary>Every line of <c>memory.stat</c>.</summary>
    public IReadOnlyDictionary<string, ulong> Details { get; init; } = new Dictionary<string, ulong>();
}
