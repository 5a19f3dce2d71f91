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

    /// <summary>Checks a request for a bind mount, whatever its driver.</summary>
    public static MakeStorage PlanBind(StorageRequest storage)
    {
        var words = new StorageOptions(storage.Options);
        VolumeGroup? group = VolumeGroup.Take(storage, words);
        MountOptions options = words.TakeMountOptions();
        if (!GuestPaths.IsCanonical(storage.Source))
        {
            throw KataException.Invalid($"bind storage: source '{Printable.Escape(storage.Source, 128)}' is no absolute path without dots");
        }

        if (options.Data.Count > 0)
        {
            throw KataException.Invalid($"bind storage: option '{Printable.Escape(options.Data[0], 64)}' does not go with a bind mount");
        }

        return _ => ValueTask.FromResult(GuestMount.Make(storage.MountPoint, mount => Bind(mount, storage.Source, options, group)));
    }

    /// <inheritdoc/>
    public MakeStorage Plan(StorageRequest storage, string? containerId) => PlanBind(storage);

    /// <summary>Makes the bind mount. No link on the way to the source is followed: a container may have put one there.</summary>
    internal static void Bind(GuestMount mount, string from, MountOptions options, VolumeGroup? group)
    {
        using ConfinedDirectory guest = ConfinedDirectory.Open("/", ResolveFlags.Strict);
        using Fd source = guest.Open(from, OpenFlags.Path);
        using DetachedMount tree = DetachedMount.Clone(source, (options.Flags & MountFlags.Recursive) != 0);
        if (group is not null && (options.Flags & MountFlags.ReadOnly) == 0)
        {
            group.Apply(source);
        }

        MountAttributes set = Attributes(options.Flags);
        if (set != MountAttributes.None)
        {
            tree.SetAttributes(set, MountAttributes.None, (options.Flags & MountFlags.Recursive) != 0);
        }

        string path = mount.MountPoint;
        using (Fd target = FileAt.Status(source).IsDirectory ? GuestPaths.CreateDirectory(path, mount) : GuestPaths.CreateFile(path, mount))
        {
            tree.AttachTo(target);
        }

        mount.Own(() => GuestPaths.Unmount(path));
        using Fd mounted = GuestPaths.Open(path, OpenFlags.Path);
        FileSystemPlan.Finish(mounted, options);
    }

    private static MountAttributes Attributes(MountFlags flags)
    {
        MountAttributes set = (flags & MountFlags.ReadOnly) != 0 ? MountAttributes.ReadOnly : MountAttributes.None;
        set |= (flags & MountFlags.NoSetId) != 0 ? MountAttributes.NoSetId : 0;
        set |= (flags & MountFlags.NoDevices) != 0 ? MountAttributes.NoDevices : 0;
        set |= (flags & MountFlags.NoExecute) != 0 ? MountAttributes.NoExecute : 0;
        set |= (flags & MountFlags.NoDirectoryAccessTimes) != 0 ? MountAttributes.NoDirectoryAccessTimes : 0;
        set |= (flags & MountFlags.NoSymlinkFollow) != 0 ? MountAttributes.NoSymlinkFollow : 0;
        set |= (flags & MountFlags.NoAccessTimes) != 0 ? MountAttributes.NoAccessTimes : 0;
        return set | ((flags & MountFlags.StrictAccessTimes) != 0 ? MountAttributes.StrictAccessTimes : 0);
    }
}
