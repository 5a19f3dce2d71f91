namespace Kata.Configuration.Keys;

/// <summary>Keys of one table that belong together.</summary>
/// <param name="Title">What they are about.</param>
/// <param name="Keys">The keys.</param>
public sealed record KeyGroup(string Title, IReadOnlyList<ConfigurationKey> Keys);
