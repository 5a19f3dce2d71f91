namespace Kata.Ttrpc.Tests;

/// <summary>Tests that measure the whole process run one after the other.</summary>
[CollectionDefinition(HostileLengthTests.Name, DisableParallelization = true)]
public sealed class AloneCollection;
