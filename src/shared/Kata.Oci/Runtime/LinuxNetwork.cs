using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

/// <summary>Class and priorities of a container's packets.</summary>
public sealed record LinuxNetwork
{
    /// <summary>Class of net_cls.</summary>
    [JsonPropertyName("classID")]
    public uint? ClassId { get; init; }

    /// <summary>Priorities of net_prio.</summary>
    public IReadOnlyList<LinuxInterfacePriority> Priorities { get; init => field = JsonCollections.Checked(value); } = [];
}
