namespace Kata.Oci.Runtime;

/// <summary>What a hook reads from its standard input, and what a runtime's <c>state</c> prints.</summary>
public sealed record State
{
    /// <summary>Version of the specification.</summary>
    public string OciVersion { get; init => field = value ?? ""; } = "";

    /// <summary>Id of the container.</summary>
    public string Id { get; init => field = value ?? ""; } = "";

    /// <summary>Where the container is in its life.</summary>
    public ContainerStatus Status { get; init; }

    /// <summary>Process id; null when there is none.</summary>
    public int? Pid { get; init; }

    /// <summary>Absolute path of the bundle.</summary>
    public string Bundle { get; init => field = value ?? ""; } = "";

    /// <summary>The container's annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init => field = JsonCollections.Checked(value); } = JsonCollections.Empty<string>();
}
