namespace Kata.Oci.Runtime;

/// <summary>Priority of traffic on one interface.</summary>
public sealed record LinuxInterfacePriority
{
    /// <summary>Interface.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>The higher the sooner.</summary>
    public uint Priority { get; init; }
}
