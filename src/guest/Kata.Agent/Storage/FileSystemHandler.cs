using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Serves what the VMM shares with the guest by a tag: virtio-fs and 9p.</summary>
internal sealed class FileSystemHandler : IStorageHandler
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["virtio-fs", "9p"];

    /// <inheritdoc/>
    public GuestMount Mount(StorageRequest storage, string? containerId)
    {
        string expected = storage.Driver == "9p" ? "9p" : "virtiofs";
        string type = storage.Fstype.Length == 0 ? expected : storage.Fstype;
        if (type != expected && type != "bind")
        {
            throw KataException.Invalid($"storage driver {storage.Driver} cannot mount a file system of type '{Printable.Escape(type, 32)}'");
        }

        return type == "bind" ? BindHandler.Bind(storage) : Attach(storage, type);
    }

    private static GuestMount Attach(StorageRequest storage, string type)
    {
        if (storage.Source.Length == 0)
        {
            throw KataException.Invalid($"storage {storage.Driver}: the source, a mount tag, is empty");
        }

        MountOptions options = MountOptionParser.Parse(storage.Options);
        using Fd target = GuestPaths.CreateDirectory(storage.MountPoint);
        Linux.Mounts.Mount.Attach(storage.Source, target, type, options.Flags, options.DataText);
        return new GuestMount(storage.MountPoint, isMounted: true, ownedTree: null);
    }
}
