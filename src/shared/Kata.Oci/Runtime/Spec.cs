using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

/// <summary>A container as its <c>config.json</c> describes it: version 1.2 of the OCI runtime specification, the Linux part.</summary>
public sealed record Spec
{
    /// <summary>Version of the specification the document was written for.</summary>
    public string OciVersion { get; init => field = value ?? ""; } = "";

    /// <summary>The first process; null in a document that only prepares a container.</summary>
    public Process? Process { get; init; }

    /// <summary>The root file system.</summary>
    public Root? Root { get; init; }

    /// <summary>Host name of the container.</summary>
    public string? Hostname { get; init; }

    /// <summary>NIS domain name of the container.</summary>
    public string? Domainname { get; init; }

    /// <summary>Mounts, in the order they are made.</summary>
    public IReadOnlyList<Mount> Mounts { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Programs to run at points of the container's life.</summary>
    public Hooks? Hooks { get; init; }

    /// <summary>Free text by key.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init => field = JsonCollections.Checked(value); } = JsonCollections.Empty<string>();

    /// <summary>Everything that exists on Linux only.</summary>
    [JsonPropertyName("linux")]
    public LinuxSpec? Linux { get; init; }
}
