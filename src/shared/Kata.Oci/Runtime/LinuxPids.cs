namespace Kata.Oci.Runtime;

/// <summary>Limit of tasks.</summary>
public sealed record LinuxPids
{
    /// <summary>How many; 0 or less means no limit.</summary>
    public long Limit { get; init; }
}
