namespace Kata.Oci.Runtime;

/// <summary>Everything of a container that exists on Linux only.</summary>
public sealed record LinuxSpec
{
    /// <summary>User ids of the user namespace.</summary>
    public IReadOnlyList<LinuxIdMapping> UidMappings { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Group ids of the user namespace.</summary>
    public IReadOnlyList<LinuxIdMapping> GidMappings { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Kernel parameters by name.</summary>
    public IReadOnlyDictionary<string, string> Sysctl { get; init => field = JsonCollections.Checked(value); } = JsonCollections.Empty<string>();

    /// <summary>Limits.</summary>
    public LinuxResources? Resources { get; init; }

    /// <summary>Place in the cgroup hierarchy, or <c>slice:prefix:name</c> for systemd.</summary>
    public string? CgroupsPath { get; init; }

    /// <summary>Namespaces to create or join.</summary>
    public IReadOnlyList<LinuxNamespace> Namespaces { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Device nodes to make.</summary>
    public IReadOnlyList<LinuxDevice> Devices { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>System call filter.</summary>
    public LinuxSeccomp? Seccomp { get; init; }

    /// <summary><c>slave</c>, <c>private</c>, <c>shared</c>, <c>unbindable</c> or one of these with an r before.</summary>
    public string? RootfsPropagation { get; init; }

    /// <summary>Paths hidden from the container.</summary>
    public IReadOnlyList<string> MaskedPaths { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Paths the container cannot write to.</summary>
    public IReadOnlyList<string> ReadonlyPaths { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>SELinux label of mounts.</summary>
    public string? MountLabel { get; init; }

    /// <summary>Cache and memory bandwidth allocation.</summary>
    public LinuxIntelRdt? IntelRdt { get; init; }

    /// <summary>Execution domain.</summary>
    public LinuxPersonality? Personality { get; init; }

    /// <summary>Offsets of a time namespace's clocks.</summary>
    public IReadOnlyDictionary<string, LinuxTimeOffset> TimeOffsets { get; init => field = JsonCollections.Checked(value); } = JsonCollections.Empty<LinuxTimeOffset>();
}
