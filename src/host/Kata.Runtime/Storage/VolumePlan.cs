using Kata.Linux.Paths;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Sandboxes;

namespace Kata.Runtime.Storage;

/// <summary>Decides what becomes of each mount of a spec: shared from the host, replaced by something of the guest, or left as it is.</summary>
internal static class VolumePlan
{
    private const string Shm = "/dev/shm";

    /// <summary>Shares the volumes of a container.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="mounts">The spec's mounts.</param>
    /// <param name="share">Where volumes are shown to the guest.</param>
    /// <param name="volumes">Gets the names of the volumes shared, also when this call fails halfway.</param>
    /// <returns>The mounts with the sources they have in the guest.</returns>
    /// <exception cref="KataException">NotFound: a source does not exist. Unsupported: a source is a block device.</exception>
    public static IReadOnlyList<Mount> Apply(string containerId, IReadOnlyList<Mount> mounts, SharedDirectory? share, ICollection<string> volumes)
    {
        var result = new List<Mount>(mounts.Count);
        foreach (Mount mount in mounts)
        {
            result.Add(Place(containerId, mount, share, volumes));
        }

        return result;
    }

    /// <summary>Whether a mount shows something of the host.</summary>
    public static bool IsBind(Mount mount) => mount.Type == "bind" || mount.Options.Any(option => option is "bind" or "rbind");

    private static Mount Place(string containerId, Mount mount, SharedDirectory? share, ICollection<string> volumes)
    {
        if (mount.Destination == Shm && (mount.Type == "tmpfs" || IsBind(mount)))
        {
            return mount with { Type = "bind", Source = SandboxPaths.GuestShm, Options = ["rbind"] };
        }

        if (!IsBind(mount) || IsSystem(mount.Destination) || IsSystem(mount.Source ?? string.Empty) || IsGuestDevice(mount))
        {
            return mount;
        }

        string source = RequireShareable(mount);
        if (share is null)
        {
            throw KataException.Unsupported($"volume {source} on {mount.Destination}: shared_fs is none, and files cannot be copied yet; use virtio-fs or virtio-9p");
        }

        // A GUID's first half: random enough for a name, and without loading OpenSSL.
        string name = $"{containerId}-{Guid.NewGuid().ToString("N")[..16]}-{NameOf(mount.Destination)}";
        volumes.Add(name);
        bool readOnly = mount.Options.Contains("ro") && !mount.Options.Contains("rw");
        return mount with { Type = "bind", Source = share.AddVolume(name, source, mount.Options.Contains("rbind"), readOnly) };
    }

    private static bool IsSystem(string path) => Below(path, "/proc") || Below(path, "/sys");

    private static bool IsGuestDevice(Mount mount) =>
        Below(mount.Source ?? string.Empty, "/dev") && mount.Source != Shm && HostFile.KindOf(mount.Source!) is not (FileKind.Regular or FileKind.Directory);

    private static string RequireShareable(Mount mount)
    {
        string source = mount.Source ?? string.Empty;
        if (!source.StartsWith('/'))
        {
            throw KataException.Invalid($"volume on {mount.Destination}: source '{Printable.Escape(source, 256)}' is not an absolute path");
        }

        return HostFile.KindOf(source) == FileKind.BlockDevice
            ? throw KataException.Unsupported($"volume on {mount.Destination}: {source} is a block device, which cannot be passed to the guest yet")
            : source;
    }

    private static bool Below(string path, string root) => path == root || (path.StartsWith(root, StringComparison.Ordinal) && path.Length > root.Length && path[root.Length] == '/');

    // The destination is the client's text: what is no plain file name is not used for one.
    private static string NameOf(string destination)
    {
        string name = destination.TrimEnd('/') is var path ? path[(path.LastIndexOf('/') + 1)..] : string.Empty;
        return name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') && name is not (".") and not ".." ? name : "volume";
    }
}
