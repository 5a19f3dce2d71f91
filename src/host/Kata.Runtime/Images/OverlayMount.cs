using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>An overlay of read-only directories under a private one. Disposing unmounts it.</summary>
internal sealed class OverlayMount : IDisposable
{
    private readonly string _target;

    private OverlayMount(string target) => _target = target;

    /// <summary>Mounts it.</summary>
    /// <param name="lower">Read-only directories, the lowest first; at least one.</param>
    /// <param name="upper">Where changes go.</param>
    /// <param name="work">An empty directory beside it.</param>
    /// <param name="target">Where to mount.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static OverlayMount Attach(IReadOnlyList<string> lower, string upper, string work, string target)
    {
        CopyRootAttributes(lower[^1], upper);
        // Descriptors stand for the directories, so that neither their number nor a comma or colon in their names is a problem for the
        // one page of options the kernel takes.
        using var open = new FdList();
        string lowers = string.Join(':', lower.Reverse().Select(open.Open));
        string data = $"lowerdir={lowers},upperdir={open.Open(upper)},workdir={open.Open(work)}";
        try
        {
            // The host has no use for the devices and set-id bits of an image; the guest goes by its own mount.
            Mount.Attach("overlay", target, "overlay", MountFlags.NoDevices | MountFlags.NoSetId, data);
        }
        catch (LinuxException error) when (error.Errno is Errno.EINVAL or Errno.ENODEV)
        {
            throw KataException.Unsupported(
                $"no overlay can be mounted in {target}: {error.Message}; the image store has to be on a file system such as ext4 or xfs, and the kernel needs overlayfs");
        }

        return new OverlayMount(target);
    }

    /// <summary>An overlay's root looks like its upper directory, whatever is below.</summary>
    private static void CopyRootAttributes(string from, string to)
    {
        using ConfinedDirectory source = ConfinedDirectory.Open(from);
        using ConfinedDirectory target = ConfinedDirectory.Open(to);
        FileStatus status = FileAt.Status(source.Handle);
        FileAt.ChangeOwner(target.Handle, status.UserId, status.GroupId);
        FileAt.ChangeMode(target.Handle, status.Permissions);
    }

    public void Dispose() => Mount.Detach(_target, lazy: true);

    private sealed class FdList : IDisposable
    {
        private readonly List<Fd> _open = [];

        public string Open(string directory)
        {
            Fd fd = Fd.Open(directory, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
            _open.Add(fd);
            return fd.ProcPath;
        }

        public void Dispose() => _open.ForEach(fd => fd.Dispose());
    }
}
