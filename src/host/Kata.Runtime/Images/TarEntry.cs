using Kata.Linux.Paths;

namespace Kata.Runtime.Images;

/// <summary>One entry of an archive, as the archive has it: nothing about names and targets has been checked but that they are text without NUL.</summary>
public sealed record TarEntry
{
    /// <summary>Path in the archive.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public required TarEntryKind Kind { get; init; }

    /// <summary>Where a link leads; empty for everything else.</summary>
    public string LinkTarget { get; init; } = "";

    /// <summary>Length of a regular file in bytes; 0 for everything else.</summary>
    public long Size { get; init; }

    /// <summary>Permission bits with set-id and sticky ones.</summary>
    public uint Mode { get; init; }

    /// <summary>Owner.</summary>
    public uint UserId { get; init; }

    /// <summary>Group.</summary>
    public uint GroupId { get; init; }

    /// <summary>Time of the last change, in seconds since 1970.</summary>
    public long ModifiedSeconds { get; init; }

    /// <summary>Nanoseconds on top.</summary>
    public uint ModifiedNanoseconds { get; init; }

    /// <summary>Number of a device.</summary>
    public DeviceNumber Device { get; init; }

    /// <summary>Extended attributes by full name.</summary>
    public IReadOnlyDictionary<string, byte[]> ExtendedAttributes { get; init; } = EmptyAttributes;

    private static IReadOnlyDictionary<string, byte[]> EmptyAttributes { get; } = new Dictionary<string, byte[]>();
}
