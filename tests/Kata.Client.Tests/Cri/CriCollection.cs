namespace Kata.Client.Tests.Cri;

/// <summary>The tests of the container runtime interface: one containerd for all of them.</summary>
[CollectionDefinition(Name)]
public sealed class CriCollection : ICollectionFixture<CriFixture>
{
    /// <summary>The collection's name.</summary>
    internal const string Name = "cri";
}
