namespace Kata.Configuration;

/// <summary>What pods may change by annotation. An empty list of paths allows only the configured path itself.</summary>
public sealed record AnnotationPolicy
{
    /// <summary>Regular expressions of annotation names, without the common prefix; each must match a whole name.</summary>
    public required IReadOnlyList<string> Enabled { get; init; }

    /// <summary>Globs of QEMU binaries.</summary>
    public required IReadOnlyList<string> HypervisorPaths { get; init; }

    /// <summary>Globs of virtiofsd binaries.</summary>
    public required IReadOnlyList<string> VirtioFsDaemonPaths { get; init; }

    /// <summary>Globs of entropy devices.</summary>
    public required IReadOnlyList<string> EntropySources { get; init; }

    /// <summary>Globs of memory backing directories.</summary>
    public required IReadOnlyList<string> FileMemoryBackends { get; init; }

    /// <summary>Globs of vhost-user directories.</summary>
    public required IReadOnlyList<string> VhostUserStorePaths { get; init; }
}
