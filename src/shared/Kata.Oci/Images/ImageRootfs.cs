using System.Text.Json.Serialization;

namespace Kata.Oci.Images;

/// <summary>The layers of an image by their unpacked contents.</summary>
public sealed record ImageRootfs
{
    /// <summary>Always <c>layers</c>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>Checksums of the uncompressed layers, the lowest first.</summary>
    [JsonPropertyName("diff_ids")]
    public IReadOnlyList<Digest> DiffIds { get; init => field = JsonCollections.Checked(value); } = [];
}
