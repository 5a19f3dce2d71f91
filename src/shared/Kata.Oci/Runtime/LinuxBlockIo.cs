using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

/// <summary>I/O weights and ceilings.</summary>
public sealed record LinuxBlockIo
{
    /// <summary>10 to 1000.</summary>
    public ushort? Weight { get; init; }

    /// <summary>Weight against child groups.</summary>
    public ushort? LeafWeight { get; init; }

    /// <summary>Weights by device.</summary>
    public IReadOnlyList<LinuxWeightDevice> WeightDevice { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Bytes read per second.</summary>
    public IReadOnlyList<LinuxThrottleDevice> ThrottleReadBpsDevice { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Bytes written per second.</summary>
    public IReadOnlyList<LinuxThrottleDevice> ThrottleWriteBpsDevice { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Reads per second.</summary>
    [JsonPropertyName("throttleReadIOPSDevice")]
    public IReadOnlyList<LinuxThrottleDevice> ThrottleReadIopsDevice { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Writes per second.</summary>
    [JsonPropertyName("throttleWriteIOPSDevice")]
    public IReadOnlyList<LinuxThrottleDevice> ThrottleWriteIopsDevice { get; init => field = JsonCollections.Checked(value); } = [];
}
