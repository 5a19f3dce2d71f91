using Kata.Primitives;

namespace Kata.Cli.Containers;

/// <summary>What <c>kata-runtime run</c> was asked for, checked as far as it can be without looking at the image.</summary>
internal sealed record RunOptions
{
    /// <summary>Path of the image, perhaps with a name.</summary>
    public required string Image { get; init; }

    /// <summary>Program and arguments; empty for the image's.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Connect standard input.</summary>
    public bool Interactive { get; init; }

    /// <summary>Give the program a terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>Variables, each as <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Absolute path; null for the image's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>User and group; null for the image's.</summary>
    public string? User { get; init; }

    /// <summary>Memory limit.</summary>
    public ByteSize? Memory { get; init; }

    /// <summary>CPU limit.</summary>
    public decimal? Cpus { get; init; }

    /// <summary>Files and directories of the host.</summary>
    public IReadOnlyList<VolumeOption> Volumes { get; init; } = [];

    /// <summary>Name of the container; null to make one up.</summary>
    public string? Name { get; init; }

    /// <summary>Host name; null for the container's name.</summary>
    public string? Hostname { get; init; }

    /// <summary>Program in place of the image's entrypoint; empty for none.</summary>
    public string? Entrypoint { get; init; }

    /// <summary>Forbid writing to the root file system.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Configuration file; null to search.</summary>
    public string? ConfigurationPath { get; init; }

    /// <summary>Image store; null for the usual one.</summary>
    public string? ImageStore { get; init; }

    /// <summary>Show no progress.</summary>
    public bool Quiet { get; init; }

    /// <summary>Show details.</summary>
    public bool Debug { get; init; }
}
