namespace Kata.Linux.Cgroups;

/// <summary>The priority of traffic through one interface.</summary>
/// <param name="Interface">Its name.</param>
/// <param name="Priority">The priority.</param>
public readonly record struct NetworkPriority(string Interface, uint Priority);
