namespace Kata.Configuration;

/// <summary>The VM's vCPUs.</summary>
/// <param name="Count">At boot; at least 1.</param>
/// <param name="Maximum">Most it can grow to; at least <paramref name="Count"/>.</param>
public sealed record ProcessorConfiguration(int Count, int Maximum);
