namespace Kata.Linux.Tests.Processes;

/// <summary>Tests that load the whole machine, and so run when no others do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneDefinition
{
    /// <summary>The collection's name.</summary>
    internal const string Name = "alone";
}
