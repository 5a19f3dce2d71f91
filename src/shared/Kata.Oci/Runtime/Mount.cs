namespace Kata.Oci.Runtime;

/// <summary>One mount of a container.</summary>
public sealed record Mount
{
    /// <summary>Absolute path in the container.</summary>
    public string Destination { get; init => field = value ?? ""; } = "";

    /// <summary>File system type; bind mounts may leave it out.</summary>
    public string? Type { get; init; }

    /// <summary>Device, directory or name, as the type needs.</summary>
    public string? Source { get; init; }

    /// <summary>Mount options as in fstab(5).</summary>
    public IReadOnlyList<string> Options { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>User ids of an id-mapped mount.</summary>
    public IReadOnlyList<LinuxIdMapping> UidMappings { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Group ids of an id-mapped mount.</summary>
    public IReadOnlyList<LinuxIdMapping> GidMappings { get; init => field = JsonCollections.Checked(value); } = [];
}
