using Kata.Agent.Devices;
using Kata.Linux;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Serves what the VMM shares with the guest by a tag: virtio-fs and 9p.</summary>
internal sealed class SharedFileSystemHandler(GuestDevices devices) : IStorageHandler
{
    private const int MaxTag = 36; // of virtio-fs; 9p's are shorter in practice

    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["virtio-fs", "9p"];

    /// <inheritdoc/>
    public MakeStorage Plan(StorageRequest storage, string? containerId)
    {
        string expected = storage.Driver == "9p" ? "9p" : "virtiofs";
        string type = storage.Fstype.Length == 0 ? expected : storage.Fstype;
        if (type == "bind")
        {
            return BindHandler.PlanBind(storage);
        }

        if (type != expected)
        {
            throw KataException.Invalid($"storage driver {storage.Driver} cannot mount a file system of type '{Printable.Escape(type, 32)}'");
        }

        if (storage.Source.Length is 0 or > MaxTag)
        {
            throw KataException.Invalid($"storage driver {storage.Driver}: the source is a mount tag of 1 to {MaxTag} characters");
        }

        var words = new StorageOptions(storage.Options);
        if (type == "9p")
        {
            RequireVirtio(words);
        }

        FileSystemPlan plan = FileSystemPlan.From(storage, type, words);
        return async token => await devices.WaitAsync<GuestMount>(
            $"the {storage.Driver} share '{Printable.Escape(storage.Source, MaxTag)}'",
            (out string missing) => TryMount(plan, storage.Source, out missing),
            token).ConfigureAwait(false);
    }

    // The share's device may be plugged while the guest runs, and no attribute of it tells its tag: only the mount itself shows whether it is there.
    private static GuestMount? TryMount(FileSystemPlan plan, string tag, out string missing)
    {
        try
        {
            missing = string.Empty;
            return plan.Mount(tag);
        }
        catch (KataException error) when ((error as LinuxException ?? error.InnerException as LinuxException) is { Call: "mount", Errno: Errno.EINVAL or Errno.ENOENT })
        {
            missing = error.Message;
            return null;
        }
    }

    // Any other way to carry 9p would have the guest's kernel open connections of its own.
    private static void RequireVirtio(StorageOptions words)
    {
        IEnumerable<string> transports = words.Rest.SelectMany(word => word.Split(',')).Where(word => word.StartsWith("trans=", StringComparison.Ordinal));
        if (!transports.All(word => word == "trans=virtio") || !transports.Any())
        {
            throw KataException.Invalid("storage driver 9p needs the option trans=virtio, and no other transport");
        }
    }
}
