namespace Kata.Oci.Runtime;

/// <summary>I/O weight of one block device.</summary>
public sealed record LinuxWeightDevice
{
    /// <summary>Major number.</summary>
    public long Major { get; init; }

    /// <summary>Minor number.</summary>
    public long Minor { get; init; }

    /// <summary>10 to 1000.</summary>
    public ushort? Weight { get; init; }

    /// <summary>Weight against child groups.</summary>
    public ushort? LeafWeight { get; init; }
}
