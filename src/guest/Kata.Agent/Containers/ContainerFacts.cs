using Kata.Protocols.Oci;

namespace Kata.Agent.Containers;

/// <summary>
/// What of a container's specification is asked for again once the container is made. The rest goes with the request: a specification is hundreds of objects, and
/// there may be hundreds of containers.
/// </summary>
internal sealed record ContainerFacts
{
    /// <summary>The annotation of <see cref="TerminationLog"/>.</summary>
    public const string TerminationPath = "io.kubernetes.container.terminationMessagePath";

    /// <summary>Its name in the pod's description; its id if it has none.</summary>
    public required string Name { get; init; }

    /// <summary>Its program.</summary>
    public required string Program { get; init; }

    /// <summary>The capabilities of its first process.</summary>
    public LinuxCapabilities? Capabilities { get; init; }

    /// <summary>The AppArmor profile of its first process; empty for none.</summary>
    public string ApparmorProfile { get; init; } = string.Empty;

    /// <summary>The SELinux label of its first process; empty for none.</summary>
    public string SelinuxLabel { get; init; } = string.Empty;

    /// <summary>Its execution domain.</summary>
    public LinuxPersonality? Personality { get; init; }

    /// <summary>Where in it the reason of its end is left; null if nothing says so.</summary>
    public string? TerminationLog { get; init; }

    /// <summary>What is mounted there; null for nothing.</summary>
    public string? TerminationLogSource { get; init; }

    /// <summary>Takes them from a specification that was checked.</summary>
    public static ContainerFacts Of(Spec spec, string id)
    {
        string? log = spec.Annotations.TryGetValue(TerminationPath, out string? path) ? path : null;
        return new ContainerFacts
        {
            Name = ContainerNames.Of(spec, id),
            Program = spec.Process.Args[0],
            Capabilities = spec.Process.Capabilities,
            ApparmorProfile = spec.Process.ApparmorProfile,
            SelinuxLabel = spec.Process.SelinuxLabel,
            Personality = spec.Linux.Personality,
            TerminationLog = log,
            TerminationLogSource = log is null ? null : spec.Mounts.FirstOrDefault(mount => mount.Destination == log)?.Source,
        };
    }
}
