namespace Kata.Testing.Containerd;

/// <summary>What a containerd of a test has beside the default.</summary>
public sealed record ContainerdOptions
{
    /// <summary>The tables of the CRI plugin in <c>config.toml</c>, made from the instance's directory; null: the plugin is off.</summary>
    public Func<string, string>? CriTables { get; init; }

    /// <summary>Images to import: archives, and the names they get.</summary>
    public IReadOnlyList<(string Archive, string Name)> Images { get; init; } = [];

    /// <summary>The containerd namespace of the images.</summary>
    public string ImageNamespace { get; init; } = "default";
}
