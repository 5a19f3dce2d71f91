using Kata.Agent.Storage;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Files;

/// <summary>One CopyFile request, checked.</summary>
internal sealed record CopyRequest
{
    private const uint PermissionMask = 0xFFF;
    private const uint DirectoryPermissionMask = 0x1FF;
    private const uint UsualDirectoryMode = 0x1ED; // 0755
    private const uint KindMask = 0xF000;

    /// <summary>The path below <see cref="GuestPaths.Shared"/>.</summary>
    public required string Path { get; init; }

    /// <summary>Regular file, directory or symbolic link.</summary>
    public required FileKind Kind { get; init; }

    /// <summary>Permission, set-id and sticky bits.</summary>
    public required uint Mode { get; init; }

    /// <summary>Permission bits of directories above it that are made on the way.</summary>
    public required uint ParentMode { get; init; }

    /// <summary>Owner; <see cref="uint.MaxValue"/> leaves root.</summary>
    public required uint User { get; init; }

    /// <summary>Group; <see cref="uint.MaxValue"/> leaves root's.</summary>
    public required uint Group { get; init; }

    /// <summary>Size of the whole file in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Where the data belongs.</summary>
    public required long Offset { get; init; }

    /// <summary>The data of this chunk, or a link's target.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Reads a request.</summary>
    /// <exception cref="KataException">InvalidArgument: something is wrong; the message says what.</exception>
    public static CopyRequest Parse(CopyFileRequest request)
    {
        string path = RequireShared(request.Path);
        string shown = Printable.Escape(path, 256);
        FileKind kind = (FileKind)(request.FileMode & KindMask);

        // Older hosts say "directory" in the mode of directories and leave everything of a file out.
        bool oldDirectory = request is { FileMode: 0, FileSize: 0, Data.IsEmpty: true } && (FileKind)(request.DirMode & KindMask) == FileKind.Directory;
        kind = oldDirectory ? FileKind.Directory : kind == FileKind.Unknown ? FileKind.Regular : kind;
        if (kind is not (FileKind.Regular or FileKind.Directory or FileKind.SymbolicLink))
        {
            throw KataException.Invalid($"{shown} cannot be copied: mode {request.FileMode:x} is neither that of a file, a directory nor a symbolic link");
        }

        if (kind == FileKind.Regular && (request.FileSize < 0 || request.Offset < 0 || request.Offset > request.FileSize - request.Data.Length))
        {
            throw KataException.Invalid($"{shown}: {request.Data.Length} bytes at {request.Offset} are not within a file of {request.FileSize}");
        }

        if (kind == FileKind.SymbolicLink && (request.Offset != 0 || request.Data.Length is 0 or > 4095 || request.Data.Span.Contains((byte)0)))
        {
            throw KataException.Invalid($"{shown}: the target of a symbolic link has 1 to 4095 bytes and no zero byte, and comes in one piece");
        }

        uint parentMode = request.DirMode & DirectoryPermissionMask;
        return new CopyRequest
        {
            Path = path,
            Kind = kind,
            Mode = (oldDirectory ? request.DirMode : request.FileMode) & PermissionMask,
            ParentMode = parentMode == 0 ? UsualDirectoryMode : parentMode,
            User = (uint)request.Uid,
            Group = (uint)request.Gid,
            Size = request.FileSize,
            Offset = request.Offset,
            Data = request.Data.Memory,
        };
    }

    private static string RequireShared(string path)
    {
        string below = GuestPaths.RequireBelowRoot(path);
        string prefix = GuestPaths.Shared[(GuestPaths.Root.Length + 1)..] + "/";
        return below.StartsWith(prefix, StringComparison.Ordinal)
            ? below[prefix.Length..]
            : throw KataException.Invalid($"'{Printable.Escape(path, 256)}' is not a path below {GuestPaths.Shared}");
    }
}
