namespace Kata.Runtime.Persistence;

/// <summary>The agent in <c>persist.json</c>.</summary>
public sealed record PersistedAgent
{
    /// <summary>Where the agent listens, as a URL.</summary>
    public string URL { get; init; } = string.Empty;
}
