using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Shows a file or directory of the guest at a second place.</summary>
internal sealed class BindHandler : IStorageHandler
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["bind"];

    /// <summary>Makes the bind mount of a request.</summary>
    public static GuestMount Bind(StorageRequest storage)
    {
        MountOptions options = MountOptionParser.Parse(storage.Options);
        if (storage.Source.Length == 0 || storage.Source[0] != '/')
        {
            throw KataException.Invalid($"bind storage: source '{Printable.Escape(storage.Source, 128)}' is not absolute");
        }

        using ConfinedDirectory guest = ConfinedDirectory.Open("/");
        using Fd source = guest.Open(storage.Source, OpenFlags.Path);
        bool isDirectory = FileAt.Status(source).IsDirectory;
        using Fd target = isDirectory ? GuestPaths.CreateDirectory(storage.MountPoint) : GuestPaths.CreateFile(storage.MountPoint);
        bool recursive = (options.Flags & MountFlags.Recursive) != 0;
        if ((options.Flags & MountFlags.ReadOnly) != 0)
        {
            Linux.Mounts.Mount.BindReadOnly(source, target, recursive);
        }
        else
        {
            Linux.Mounts.Mount.Bind(source, target, recursive);
        }

        return new GuestMount(storage.MountPoint, isMounted: true, ownedTree: null);
    }

    /// <inheritdoc/>
    public GuestMount Mount(StorageRequest storage, string? containerId) => Bind(storage);
}
