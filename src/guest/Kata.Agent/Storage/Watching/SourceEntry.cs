using Kata.Linux.Paths;

namespace Kata.Agent.Storage.Watching;

/// <summary>One file, directory or link of a watched directory, as far as a change of it matters.</summary>
internal sealed record SourceEntry
{
    /// <summary>What it is.</summary>
    public required FileKind Kind { get; init; }

    /// <summary>Permission, set-id and sticky bits.</summary>
    public required uint Permissions { get; init; }

    /// <summary>Owner.</summary>
    public required uint User { get; init; }

    /// <summary>Group.</summary>
    public required uint Group { get; init; }

    /// <summary>Of a file: its number, so that a file put in its place is noticed.</summary>
    public ulong Inode { get; init; }

    /// <summary>Of a file: its size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Of a file: when its content changed, seconds since 1970.</summary>
    public long ModifiedSeconds { get; init; }

    /// <summary>And the nanoseconds.</summary>
    public uint ModifiedNanoseconds { get; init; }

    /// <summary>Of a link: where it points.</summary>
    public string? Target { get; init; }

    /// <summary>Describes what was found.</summary>
    public static SourceEntry From(FileStatus status, string? target)
    {
        var entry = new SourceEntry
        {
            Kind = status.Kind,
            Permissions = status.Permissions,
            User = status.UserId,
            Group = status.GroupId,
            Target = target,
        };
        return status.Kind != FileKind.Regular ? entry : entry with
        {
            Inode = status.Inode,
            Size = status.Size,
            ModifiedSeconds = status.ModifiedSeconds,
            ModifiedNanoseconds = status.ModifiedNanoseconds,
        };
    }
}
