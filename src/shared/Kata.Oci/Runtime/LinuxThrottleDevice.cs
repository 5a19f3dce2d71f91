namespace Kata.Oci.Runtime;

/// <summary>I/O ceiling of one block device.</summary>
public sealed record LinuxThrottleDevice
{
    /// <summary>Major number.</summary>
    public long Major { get; init; }

    /// <summary>Minor number.</summary>
    public long Minor { get; init; }

    /// <summary>Bytes or operations per second.</summary>
    public ulong Rate { get; init; }
}
