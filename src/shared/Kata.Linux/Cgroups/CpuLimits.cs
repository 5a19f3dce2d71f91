namespace Kata.Linux.Cgroups;

/// <summary>Limits of processor time.</summary>
public sealed record CpuLimits
{
    /// <summary>Weight against other groups, 2 to 262144; 0 stays as it is.</summary>
    public ulong? Shares { get; init; }

    /// <summary>Microseconds per period; negative is no limit, 0 stays as it is.</summary>
    public long? Quota { get; init; }

    /// <summary>The period in microseconds; 0 stays as it is.</summary>
    public ulong? Period { get; init; }

    /// <summary>Microseconds that may be saved up for later.</summary>
    public ulong? Burst { get; init; }

    /// <summary>Microseconds of real-time scheduling per period (v1).</summary>
    public long? RealtimeRuntime { get; init; }

    /// <summary>The period of real-time scheduling (v1).</summary>
    public ulong? RealtimePeriod { get; init; }

    /// <summary>Whether to run only when nothing else wants to.</summary>
    public bool? Idle { get; init; }

    /// <summary>The processors: <c>0-3,8</c>; empty stays as it is.</summary>
    public string? Cpus { get; init; }

    /// <summary>The memory nodes: <c>0</c>; empty stays as it is.</summary>
    public string? Mems { get; init; }
}
