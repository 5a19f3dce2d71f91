namespace Kata.Linux.Cgroups;

/// <summary>Processor time, in nanoseconds.</summary>
public sealed record CpuStats
{
    /// <summary>All of it.</summary>
    public ulong Total { get; init; }

    /// <summary>In user mode.</summary>
    public ulong User { get; init; }

    /// <summary>In the kernel.</summary>
    public ulong Kernel { get; init; }

    /// <summary>Per processor (v1).</summary>
    public IReadOnlyList<ulong> PerProcessor { get; init; } = [];

    /// <summary>Periods of a limit that have passed.</summary>
    public ulong Periods { get; init; }

    /// <summary>Periods in which the limit held it back.</summary>
    public ulong ThrottledPeriods { get; init; }

    /// <summary>Time it was held back.</summary>
    public ulong ThrottledTime { get; init; }
}
