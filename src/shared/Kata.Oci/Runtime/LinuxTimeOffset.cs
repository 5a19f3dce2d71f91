namespace Kata.Oci.Runtime;

/// <summary>Offset of one clock of a time namespace.</summary>
public sealed record LinuxTimeOffset
{
    /// <summary>Seconds.</summary>
    public long Secs { get; init; }

    /// <summary>Nanoseconds on top.</summary>
    public uint Nanosecs { get; init; }
}
