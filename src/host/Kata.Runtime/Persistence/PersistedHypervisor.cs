namespace Kata.Runtime.Persistence;

/// <summary>The VMM in <c>persist.json</c>.</summary>
public sealed record PersistedHypervisor
{
    /// <summary>The driver: <c>qemu</c>.</summary>
    public string Type { get; init; } = string.Empty;

    /// <summary>Process id of the VMM; 0: not started.</summary>
    public int Pid { get; init; }

    /// <summary>When that process started, in clock ticks since boot: a recycled process id is not mistaken for the VMM.</summary>
    public ulong StartTime { get; init; }

    /// <summary>Process id of virtiofsd; 0: none.</summary>
    public int VirtiofsdPid { get; init; }
}
