using Kata.Linux.Paths;

namespace Kata.Linux.Mounts;

/// <summary>One line of mountinfo.</summary>
public sealed record MountEntry
{
    /// <summary>The mount's number.</summary>
    public required int Id { get; init; }

    /// <summary>The number of the mount it is on.</summary>
    public required int ParentId { get; init; }

    /// <summary>The file system's device.</summary>
    public required DeviceNumber Device { get; init; }

    /// <summary>What of the file system is shown: <c>/</c>, or a directory or file of a bind mount.</summary>
    public required string Root { get; init; }

    /// <summary>Where it is, seen from the reader's root.</summary>
    public required string MountPoint { get; init; }

    /// <summary>The mount's own options: <c>rw,nosuid</c>.</summary>
    public required string Options { get; init; }

    /// <summary>The peer group it spreads to and from, or null when it is not shared.</summary>
    public int? SharedGroup { get; init; }

    /// <summary>The peer group it receives from, or null when it is no slave.</summary>
    public int? MasterGroup { get; init; }

    /// <summary>Whether it refuses bind mounts.</summary>
    public bool Unbindable { get; init; }

    /// <summary>The file system type.</summary>
    public required string FileSystemType { get; init; }

    /// <summary>The source, as it was given.</summary>
    public required string Source { get; init; }

    /// <summary>The file system's options.</summary>
    public required string SuperOptions { get; init; }
}
