namespace Kata.Oci.Images;

/// <summary>A list of manifests, usually one per platform or one per name.</summary>
public sealed record ImageIndex
{
    /// <summary>Always 2.</summary>
    public int SchemaVersion { get; init; }

    /// <summary>What the document says it is.</summary>
    public string? MediaType { get; init; }

    /// <summary>Kind of an artifact that is no image.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>Manifests or further indexes.</summary>
    public IReadOnlyList<Descriptor> Manifests { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Free text by key.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init => field = JsonCollections.Checked(value); } = JsonCollections.Empty<string>();
}
