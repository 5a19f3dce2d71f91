using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

/// <summary>Cache and memory bandwidth allocation.</summary>
public sealed record LinuxIntelRdt
{
    /// <summary>Class of service.</summary>
    [JsonPropertyName("closID")]
    public string? ClosId { get; init; }

    /// <summary>Cache schema.</summary>
    [JsonPropertyName("l3CacheSchema")]
    public string? L3CacheSchema { get; init; }

    /// <summary>Memory bandwidth schema.</summary>
    public string? MemBwSchema { get; init; }

    /// <summary>Monitor cache occupancy.</summary>
    [JsonPropertyName("enableCMT")]
    public bool EnableCmt { get; init; }

    /// <summary>Monitor memory bandwidth.</summary>
    [JsonPropertyName("enableMBM")]
    public bool EnableMbm { get; init; }
}
