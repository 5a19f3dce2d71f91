using System.Text.Json.Serialization;

namespace Kata.Oci.Images;

/// <summary>One image in the <c>manifest.json</c> of an archive made by docker save.</summary>
public sealed record DockerArchiveImage
{
    /// <summary>Path of the image configuration in the archive.</summary>
    [JsonPropertyName("Config")]
    public string Config { get; init => field = value ?? ""; } = "";

    /// <summary>Names of the image.</summary>
    [JsonPropertyName("RepoTags")]
    public IReadOnlyList<string> RepoTags { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Paths of the layer archives, the lowest first.</summary>
    [JsonPropertyName("Layers")]
    public IReadOnlyList<string> Layers { get; init => field = JsonCollections.Checked(value); } = [];
}
