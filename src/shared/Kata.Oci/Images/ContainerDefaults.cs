using System.Text.Json.Serialization;

namespace Kata.Oci.Images;

/// <summary>How containers of an image run unless told otherwise.</summary>
public sealed record ContainerDefaults
{
    /// <summary><c>user</c>, <c>uid</c>, <c>user:group</c> or <c>uid:gid</c>.</summary>
    [JsonPropertyName("User")]
    public string? User { get; init; }

    /// <summary>Environment, each as <c>NAME=value</c>.</summary>
    [JsonPropertyName("Env")]
    public IReadOnlyList<string> Env { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Program and first arguments.</summary>
    [JsonPropertyName("Entrypoint")]
    public IReadOnlyList<string> Entrypoint { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Further arguments, or the program if there is no entrypoint.</summary>
    [JsonPropertyName("Cmd")]
    public IReadOnlyList<string> Cmd { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Absolute path; null means <c>/</c>.</summary>
    [JsonPropertyName("WorkingDir")]
    public string? WorkingDir { get; init; }

    /// <summary>Free text by key.</summary>
    [JsonPropertyName("Labels")]
    public IReadOnlyDictionary<string, string> Labels { get; init => field = JsonCollections.Checked(value); } = JsonCollections.Empty<string>();

    /// <summary>Signal that asks a container to end.</summary>
    [JsonPropertyName("StopSignal")]
    public string? StopSignal { get; init; }
}
