using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Stacks directories of the guest. A writable top layer in the guest's memory is made on request.</summary>
internal sealed class OverlayHandler : IStorageHandler
{
    private const string WritableWord = "io.katacontainers.fs-opt.overlay-rw";
    private const string CreateWord = "io.katacontainers.volume.overlayfs.create_directory";

    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["overlayfs"];

    /// <inheritdoc/>
    public GuestMount Mount(StorageRequest storage, string? containerId)
    {
        var words = new StorageOptions(storage.Options);
        bool writable = words.TakeWord(WritableWord);
        foreach (string path in words.TakeAll(CreateWord))
        {
            GuestPaths.CreateDirectory(path).Dispose();
        }

        string? layers = null;
        var options = new List<string>(words.Rest);
        if (writable)
        {
            layers = $"{GuestPaths.Root}/{containerId ?? throw KataException.Invalid("a writable overlay belongs to a container")}/overlay";
            GuestPaths.CreateDirectory(layers + "/upper").Dispose();
            GuestPaths.CreateDirectory(layers + "/work").Dispose();
            options.Add($"upperdir={layers}/upper");
            options.Add($"workdir={layers}/work");
        }

        try
        {
            MountOptions parsed = MountOptionParser.Parse(options);
            using Fd target = GuestPaths.CreateDirectory(storage.MountPoint);
            Linux.Mounts.Mount.Attach(storage.Source.Length > 0 ? storage.Source : "overlay", target, "overlay", parsed.Flags, parsed.DataText);
            return new GuestMount(storage.MountPoint, isMounted: true, layers);
        }
        catch when (layers is not null)
        {
            TreeRemover.Remove(layers);
            throw;
        }
    }
}
