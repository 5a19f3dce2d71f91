namespace Kata.Oci.Runtime;

/// <summary>CPU shares, quota and placement.</summary>
public sealed record LinuxCpu
{
    /// <summary>Relative weight.</summary>
    public ulong? Shares { get; init; }

    /// <summary>Microseconds per period; -1 means no quota.</summary>
    public long? Quota { get; init; }

    /// <summary>Microseconds that may be saved up.</summary>
    public ulong? Burst { get; init; }

    /// <summary>Microseconds.</summary>
    public ulong? Period { get; init; }

    /// <summary>Microseconds per real-time period.</summary>
    public long? RealtimeRuntime { get; init; }

    /// <summary>Microseconds.</summary>
    public ulong? RealtimePeriod { get; init; }

    /// <summary>CPUs as a list such as <c>0-3,7</c>.</summary>
    public string? Cpus { get; init; }

    /// <summary>Memory nodes as such a list.</summary>
    public string? Mems { get; init; }

    /// <summary>1 to run only when nothing else wants to.</summary>
    public long? Idle { get; init; }
}
