namespace Kata.Oci.Runtime;

/// <summary>CPUs a process may use, as lists such as <c>0-3,7</c>.</summary>
public sealed record CpuAffinity
{
    /// <summary>While the process is being set up.</summary>
    public string? Initial { get; init; }

    /// <summary>From then on.</summary>
    public string? Final { get; init; }
}
