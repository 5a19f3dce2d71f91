using Kata.Linux;
using Kata.Linux.Paths;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Serves emptyDir volumes that live in the guest: a directory, nothing mounted.</summary>
internal sealed class LocalHandler : IStorageHandler
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["local"];

    /// <inheritdoc/>
    public GuestMount Mount(StorageRequest storage, string? containerId)
    {
        var words = new StorageOptions(storage.Options);
        uint? group = words.TakeGroup("fsgid") ?? storage.FsGroup?.GroupId;
        uint? mode = words.TakeMode("mode");
        using Fd directory = GuestPaths.CreateDirectory(storage.MountPoint);
        var mount = new GuestMount(storage.MountPoint, isMounted: false, ownedTree: storage.MountPoint);
        try
        {
            if (mode is { } bits)
            {
                FileAt.ChangeMode(directory, bits);
            }

            if (group is { } gid)
            {
                EphemeralHandler.ShareWithGroup(storage.MountPoint, gid);
            }

            return mount;
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }
}
