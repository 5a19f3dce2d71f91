using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

/// <summary>One range of an id map.</summary>
public sealed record LinuxIdMapping
{
    /// <summary>First id inside.</summary>
    [JsonPropertyName("containerID")]
    public uint ContainerId { get; init; }

    /// <summary>First id outside.</summary>
    [JsonPropertyName("hostID")]
    public uint HostId { get; init; }

    /// <summary>How many ids.</summary>
    public uint Size { get; init; }
}
