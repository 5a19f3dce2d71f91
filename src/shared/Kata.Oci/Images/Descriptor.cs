namespace Kata.Oci.Images;

/// <summary>Points to a blob and says what it has to be.</summary>
public sealed record Descriptor
{
    /// <summary>Kind of the blob.</summary>
    public string MediaType { get; init => field = value ?? ""; } = "";

    /// <summary>Name of the blob and checksum of its bytes.</summary>
    public Digest Digest { get; init; }

    /// <summary>Length in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Other places to get the blob from.</summary>
    public IReadOnlyList<string> Urls { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Free text by key.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init => field = JsonCollections.Checked(value); } = JsonCollections.Empty<string>();

    /// <summary>What the image runs on.</summary>
    public Platform? Platform { get; init; }
}
