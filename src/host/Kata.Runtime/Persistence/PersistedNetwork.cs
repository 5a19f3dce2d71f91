namespace Kata.Runtime.Persistence;

/// <summary>The network in <c>persist.json</c>.</summary>
public sealed record PersistedNetwork
{
    /// <summary>The pod's network namespace; empty: one without a name.</summary>
    public string NetNsPath { get; init; } = string.Empty;

    /// <summary>Whether the runtime made it and so has to remove it.</summary>
    public bool NetNsCreated { get; init; }
}
