using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Serves emptyDir volumes that live in the guest: a directory, nothing mounted.</summary>
internal sealed class LocalHandler : IStorageHandler
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["local"];

    /// <inheritdoc/>
    public MakeStorage Plan(StorageRequest storage, string? containerId)
    {
        var words = new StorageOptions(storage.Options);
        VolumeGroup? group = VolumeGroup.Take(storage, words);
        uint? mode = words.TakeMode("mode");
        if (words.Rest.Count > 0)
        {
            throw KataException.Invalid($"storage driver local: unknown option '{Printable.Escape(words.Rest[0], 64)}'; it takes mode= and fsgid=");
        }

        return _ => ValueTask.FromResult(GuestMount.Make(storage.MountPoint, mount => Make(mount, mode, group)));
    }

    private static void Make(GuestMount mount, uint? mode, VolumeGroup? group)
    {
        string path = mount.MountPoint;
        bool isNew = !IsThere(path);
        using Fd directory = GuestPaths.CreateDirectory(path, mount);
        if (isNew)
        {
            mount.Own(() => Empty(path)); // before the directory itself, which goes only when it is empty
        }

        if (mode is { } bits)
        {
            FileAt.ChangeMode(directory, bits);
        }

        group?.Apply(directory);
    }

    private static bool IsThere(string path)
    {
        using ConfinedDirectory root = ConfinedDirectory.Open(GuestPaths.Root, ResolveFlags.Strict);
        return root.TryStatus(GuestPaths.RequireBelowRoot(path)) is not null;
    }

    private static void Empty(string path)
    {
        using Fd directory = GuestPaths.Open(path, OpenFlags.Path);
        TreeRemover.RemoveContents(directory);
    }
}
