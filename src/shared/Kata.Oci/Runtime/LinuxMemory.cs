using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

/// <summary>Memory limits in bytes; -1 means none.</summary>
public sealed record LinuxMemory
{
    /// <summary>Ceiling.</summary>
    public long? Limit { get; init; }

    /// <summary>Soft limit.</summary>
    public long? Reservation { get; init; }

    /// <summary>Ceiling of memory and swap together.</summary>
    public long? Swap { get; init; }

    /// <summary>Ceiling of kernel memory; ignored by recent kernels.</summary>
    public long? Kernel { get; init; }

    /// <summary>Ceiling of TCP buffers.</summary>
    [JsonPropertyName("kernelTCP")]
    public long? KernelTcp { get; init; }

    /// <summary>0 to 100.</summary>
    public ulong? Swappiness { get; init; }

    /// <summary>True to let processes hang rather than be killed.</summary>
    [JsonPropertyName("disableOOMKiller")]
    public bool? DisableOomKiller { get; init; }

    /// <summary>True to count child groups.</summary>
    public bool? UseHierarchy { get; init; }

    /// <summary>True to refuse a limit below the usage.</summary>
    public bool? CheckBeforeUpdate { get; init; }
}
