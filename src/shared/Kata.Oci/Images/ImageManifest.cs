namespace Kata.Oci.Images;

/// <summary>One image for one platform: a configuration and layers.</summary>
public sealed record ImageManifest
{
    /// <summary>Always 2.</summary>
    public int SchemaVersion { get; init; }

    /// <summary>What the document says it is.</summary>
    public string? MediaType { get; init; }

    /// <summary>Kind of an artifact that is no image.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The image configuration.</summary>
    public Descriptor? Config { get; init; }

    /// <summary>Layers, the lowest first.</summary>
    public IReadOnlyList<Descriptor> Layers { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Free text by key.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init => field = JsonCollections.Checked(value); } = JsonCollections.Empty<string>();
}
