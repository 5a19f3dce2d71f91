using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Stacks directories of the guest. A writable top layer in the guest's memory is made on request.</summary>
internal sealed class OverlayHandler : IStorageHandler
{
    private const string WritableWord = "io.katacontainers.fs-opt.overlay-rw";
    private const string CreateWord = "io.katacontainers.volume.overlayfs.create_directory";
    private const int MaxLayers = 128;

    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["overlayfs"];

    /// <inheritdoc/>
    public MakeStorage Plan(StorageRequest storage, string? containerId)
    {
        if (storage.Fstype is not ("overlay" or ""))
        {
            throw KataException.Invalid($"storage driver overlayfs cannot mount a file system of type '{Printable.Escape(storage.Fstype, 32)}'");
        }

        var words = new StorageOptions(storage.Options);
        var driverWords = new StorageOptions(storage.DriverOptions);
        string[] create = [.. words.TakeAll(CreateWord), .. driverWords.TakeAll(CreateWord)];
        if (driverWords.Rest.Count > 0)
        {
            throw KataException.Unsupported($"storage driver overlayfs: driver option '{Printable.Escape(driverWords.Rest[0], 128)}' is not supported in the guest");
        }

        bool writable = words.TakeWord(WritableWord);
        string[] lower = (words.Take("lowerdir") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries);
        string? upper = words.Take("upperdir");
        string? work = words.Take("workdir");
        if (writable)
        {
            (upper, work) = OwnLayers(storage, containerId, upper, work);
        }

        Validate(lower, upper, work, create);
        FileSystemPlan plan = FileSystemPlan.From(storage, "overlay", words);
        string[] owned = writable ? [upper!, work!] : [];
        return _ => ValueTask.FromResult(GuestMount.Make(storage.MountPoint, mount => Make(mount, plan, new Layers(lower, upper, work, create, owned))));
    }

    private static (string Upper, string Work) OwnLayers(StorageRequest storage, string? containerId, string? upper, string? work)
    {
        if (containerId is null || upper is not null || work is not null)
        {
            throw KataException.Invalid($"option {WritableWord} needs a container that owns the storage, and goes without upperdir and workdir");
        }

        // Named by the mount point: a container may have several of them.
        string name = GuestPaths.RequireBelowRoot(storage.MountPoint).Replace('/', '-');
        string layers = $"{GuestPaths.Root}/{containerId}/overlay-{name}";
        return (layers + "/upper", layers + "/work");
    }

    private static void Validate(string[] lower, string? upper, string? work, string[] create)
    {
        if (lower.Length is 0 or > MaxLayers)
        {
            throw KataException.Invalid($"storage driver overlayfs: lowerdir has {lower.Length} directories; give 1 to {MaxLayers}");
        }

        if (upper is null != work is null)
        {
            throw KataException.Invalid("storage driver overlayfs: upperdir and workdir go together");
        }

        foreach (string? path in (string?[])[.. lower, .. create, upper, work])
        {
            if (path is not null)
            {
                GuestPaths.RequireBelowRoot(path);
            }
        }
    }

    private static void Make(GuestMount mount, FileSystemPlan plan, Layers layers)
    {
        foreach (string path in (string[])[.. layers.Create, .. layers.Owned])
        {
            GuestPaths.CreateDirectory(path, mount).Dispose();
            mount.Own(() => EmptyIfOwned(path, layers.Owned));
        }

        // By descriptor: no link that somebody puts on the way can lead elsewhere, and long paths do not count.
        var held = new List<Fd>();
        try
        {
            string Hold(string path)
            {
                held.Add(GuestPaths.Open(path, OpenFlags.Path));
                return held[^1].ProcPath;
            }

            var data = new List<string>(plan.Options.Data) { "lowerdir=" + string.Join(':', layers.Lower.Select(Hold)) };
            if (layers.Upper is not null)
            {
                data.Add("upperdir=" + Hold(layers.Upper));
                data.Add("workdir=" + Hold(layers.Work!));
            }

            plan.MountInto(mount, "overlay", string.Join(',', data));
        }
        finally
        {
            held.ForEach(fd => fd.Dispose());
        }
    }

    private static void EmptyIfOwned(string path, string[] owned)
    {
        if (!owned.Contains(path))
        {
            return;
        }

        using Fd directory = GuestPaths.Open(path, OpenFlags.Path);
        TreeRemover.RemoveContents(directory);
    }

    private sealed record Layers(string[] Lower, string? Upper, string? Work, string[] Create, string[] Owned);
}
