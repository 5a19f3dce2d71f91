using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Mounts;

/// <summary>
/// Mounts in the mount namespace of the calling thread. A target that is given as a descriptor cannot be redirected by whoever changes the tree; it is
/// reached through <c>/proc/self/fd</c>, so /proc must be mounted, except where a member says otherwise.
/// </summary>
public static class Mount
{
    private const int MaxData = 4095; // the kernel takes one page and cuts the rest off silently

    /// <summary>Mounts.</summary>
    /// <param name="source">The device, directory or name; null where the kind has none.</param>
    /// <param name="target">Where, followed as usual.</param>
    /// <param name="type">The file system type; null for binds, moves, remounts and propagation.</param>
    /// <param name="flags">The flags, passed on as they are.</param>
    /// <param name="data">Options of the file system, comma separated; at most 4095 bytes.</param>
    /// <exception cref="LinuxException">As mount(2).</exception>
    public static void Attach(string? source, string target, string? type, MountFlags flags = MountFlags.None, string? data = null)
    {
        NativePath.Require(target);
        if (source?.Contains('\0', StringComparison.Ordinal) == true || data?.Contains('\0', StringComparison.Ordinal) == true || data?.Length > MaxData)
        {
            throw KataException.Invalid($"cannot mount on {Printable.Escape(target, 256)}: source and options must have no NUL, and options at most {MaxData} bytes");
        }

        if (MountCalls.Mount(source, target, type, flags, string.IsNullOrEmpty(data) ? null : data) != 0)
        {
            throw LinuxException.FromLastError("mount", Describe(source, target, type));
        }
    }

    /// <summary>Mounts on what a descriptor holds.</summary>
    /// <inheritdoc cref="Attach(string?, string, string?, MountFlags, string?)"/>
    public static void Attach(string? source, Fd target, string? type, MountFlags flags = MountFlags.None, string? data = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        Attach(source, target.ProcPath, type, flags, data);
    }

    /// <summary>Shows a file or directory at a second place.</summary>
    /// <param name="source">What.</param>
    /// <param name="target">Where; of the same kind.</param>
    /// <param name="recursive">Whether mounts below the source come along.</param>
    /// <exception cref="LinuxException">As mount(2).</exception>
    public static void Bind(string source, string target, bool recursive = false) =>
        Attach(source, target, type: null, recursive ? MountFlags.Bind | MountFlags.Recursive : MountFlags.Bind);

    /// <summary>Shows what one descriptor holds where another one is.</summary>
    /// <inheritdoc cref="Bind(string, string, bool)"/>
    public static void Bind(Fd source, Fd target, bool recursive = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        Bind(source.ProcPath, target.ProcPath, recursive);
    }

    /// <summary>Shows a file or directory at a second place, unwritable there. Never visible writable in between.</summary>
    /// <param name="source">What.</param>
    /// <param name="target">Where; of the same kind.</param>
    /// <param name="recursive">Whether mounts below the source come along, unwritable as well.</param>
    /// <exception cref="LinuxException">As open_tree(2), mount_setattr(2), move_mount(2).</exception>
    public static void BindReadOnly(string source, string target, bool recursive = false)
    {
        using Fd from = Fd.Open(NativePath.Require(source), OpenFlags.Path);
        using Fd to = Fd.Open(NativePath.Require(target), OpenFlags.Path);
        BindReadOnly(from, to, recursive);
    }

    /// <summary>The same between descriptors. Needs no /proc.</summary>
    /// <inheritdoc cref="BindReadOnly(string, string, bool)"/>
    public static void BindReadOnly(Fd source, Fd target, bool recursive = false)
    {
        using DetachedMount tree = DetachedMount.Clone(source, recursive);
        tree.SetAttributes(MountAttributes.ReadOnly, MountAttributes.None, recursive);
        tree.AttachTo(target);
    }

    /// <summary>Changes the flags of a mount; the new ones replace the old ones.</summary>
    /// <param name="target">The mount.</param>
    /// <param name="flags">Its flags from now on.</param>
    /// <param name="data">Options of the file system.</param>
    /// <exception cref="LinuxException">As mount(2).</exception>
    public static void Remount(string target, MountFlags flags, string? data = null) =>
        Attach(source: null, target, type: null, flags | MountFlags.Remount, data);

    /// <summary>Sets how mounts made below a mount spread to its peers.</summary>
    /// <param name="target">The mount.</param>
    /// <param name="propagation">One of Shared, Slave, Private, Unbindable, with or without Recursive.</param>
    /// <exception cref="LinuxException">EINVAL: the target is no mount point. Others as mount(2).</exception>
    public static void SetPropagation(string target, MountFlags propagation)
    {
        RequirePropagation(propagation);
        Attach(source: null, target, type: null, propagation);
    }

    /// <summary>Moves a mount.</summary>
    /// <exception cref="LinuxException">EINVAL: not a mount point, or its parent is shared. Others as mount(2).</exception>
    public static void Move(string source, string target) => Attach(source, target, type: null, MountFlags.Move);

    /// <summary>Unmounts. A link as the last component is not followed.</summary>
    /// <param name="target">The mount.</param>
    /// <param name="lazy">Whether it disappears at once even if it is in use, and goes away when the last user does.</param>
    /// <exception cref="LinuxException">EINVAL: not a mount point. EBUSY: in use. ENOENT: there is no such path.</exception>
    public static void Detach(string target, bool lazy = false)
    {
        if (!TryUnmount(target, lazy, out Errno error))
        {
            throw new LinuxException("umount2", error, target);
        }
    }

    /// <summary>Unmounts, if something is mounted there.</summary>
    /// <returns>Whether there was a mount.</returns>
    /// <exception cref="LinuxException">EBUSY: in use. Others as umount2(2).</exception>
    public static bool TryDetach(string target, bool lazy = false) =>
        TryUnmount(target, lazy, out Errno error)
        || (error is Errno.EINVAL or Errno.ENOENT ? false : throw new LinuxException("umount2", error, target));

    /// <summary>Unmounts what a descriptor is the root of, lazily. Nobody can redirect it by changing the tree.</summary>
    /// <param name="mount">The mount's root; O_PATH is enough.</param>
    /// <exception cref="LinuxException">EINVAL: no mount's root. Others as umount2(2).</exception>
    public static void Detach(Fd mount)
    {
        ArgumentNullException.ThrowIfNull(mount);
        if (MountCalls.Unmount(mount.ProcPath, MountCalls.UnmountDetach) != 0)
        {
            throw LinuxException.FromLastError("umount2", mount.Value);
        }
    }

    /// <summary>Unmounts everything on and below a directory, lazily. What is below may be in hostile hands.</summary>
    /// <param name="directory">An absolute path without links or dots.</param>
    /// <exception cref="LinuxException">As umount2(2).</exception>
    public static void DetachTree(string directory)
    {
        string prefix = directory.TrimEnd('/');
        using ConfinedDirectory root = ConfinedDirectory.Open("/", ResolveFlags.Strict);
        bool progress = true;
        while (progress)
        {
            MountEntry[] below = [.. MountInfo.Read().Where(m => m.MountPoint == prefix || m.MountPoint.StartsWith($"{prefix}/", StringComparison.Ordinal))];
            var ids = below.Select(m => m.Id).ToHashSet();

            // Only the outermost places, each from the top of its stack: they take along what is mounted below, whose paths others may have changed by now.
            var outermost = below.Where(m => !ids.Contains(m.ParentId)).Select(m => m.MountPoint).ToHashSet(StringComparer.Ordinal);
            progress = false;
            foreach (MountEntry mount in below.Where(m => outermost.Contains(m.MountPoint)).Reverse())
            {
                progress |= TryDetachExactly(root, mount);
            }
        }
    }

    internal static MountFlags RequirePropagation(MountFlags propagation)
    {
        bool single = System.Numerics.BitOperations.PopCount((ulong)(propagation & MountFlags.PropagationMask)) == 1;
        bool clean = (propagation & ~(MountFlags.PropagationMask | MountFlags.Recursive)) == 0;
        return single && clean ? propagation : throw new ArgumentOutOfRangeException(nameof(propagation), propagation, "exactly one propagation type");
    }

    /// <summary>Unmounts if the path still leads to this very mount, on top of all others there.</summary>
    private static bool TryDetachExactly(ConfinedDirectory root, MountEntry mount)
    {
        try
        {
            using Fd? point = root.TryOpen(mount.MountPoint, OpenFlags.Path);
            if (point is null || FileAt.Status(point).MountId != (ulong)mount.Id)
            {
                return false;
            }

            Detach(point);
            return true;
        }
        catch (LinuxException error) when (error.Errno is Errno.ELOOP or Errno.EINVAL or Errno.ENOTDIR)
        {
            // The path leads elsewhere now, or somebody was quicker.
            return false;
        }
    }

    private static bool TryUnmount(string target, bool lazy, out Errno error)
    {
        int flags = MountCalls.UnmountNoFollow | (lazy ? MountCalls.UnmountDetach : 0);
        error = MountCalls.Unmount(NativePath.Require(target), flags) == 0 ? 0 : LinuxException.LastErrno();
        return error == 0;
    }

    private static string Describe(string? source, string target, string? type) =>
        $"{(type is null ? string.Empty : $"{type} ")}{(string.IsNullOrEmpty(source) ? string.Empty : $"{source} on ")}{target}";
}
