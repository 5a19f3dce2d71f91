using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Serves memory-backed emptyDir volumes and the sandbox's /dev/shm with a tmpfs.</summary>
internal sealed class EphemeralHandler : IStorageHandler
{
    private const uint SetGroupId = 0x400; // S_ISGID

    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["ephemeral"];

    /// <inheritdoc/>
    public GuestMount Mount(StorageRequest storage, string? containerId)
    {
        // Parse everything first, so that a bad request changes nothing.
        if (storage.Fstype is not ("tmpfs" or ""))
        {
            throw KataException.Unsupported($"ephemeral storage of type '{Printable.Escape(storage.Fstype, 32)}' is not supported in the guest");
        }

        var words = new StorageOptions(storage.Options);
        uint? group = words.TakeGroup("fsgid") ?? storage.FsGroup?.GroupId;
        MountOptions options = MountOptionParser.Parse(words.Rest);
        string source = storage.Source.Length > 0 ? storage.Source : "tmpfs";
        using Fd target = GuestPaths.CreateDirectory(storage.MountPoint);
        Linux.Mounts.Mount.Attach(source, target, "tmpfs", options.Flags, options.DataText);
        var mount = new GuestMount(storage.MountPoint, isMounted: true, ownedTree: storage.MountPoint);
        try
        {
            if (group is { } gid)
            {
                ShareWithGroup(storage.MountPoint, gid);
            }

            return mount;
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    /// <summary>Gives a directory to a group, for what is created in it too, as kubelet does for fsGroup.</summary>
    public static void ShareWithGroup(string path, uint group)
    {
        using Fd directory = GuestPaths.CreateDirectory(path); // a new lookup, which finds what is mounted there
        FileAt.ChangeOwner(directory, uint.MaxValue, group);
        FileAt.ChangeMode(directory, FileAt.Status(directory).Permissions | SetGroupId);
    }
}
