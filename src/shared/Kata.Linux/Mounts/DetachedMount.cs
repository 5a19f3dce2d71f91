using Kata.Linux.Paths;

namespace Kata.Linux.Mounts;

/// <summary>A mount that is in no namespace yet: prepared out of sight, then attached in one step. Closing it unattached drops it. Needs Linux 5.12.</summary>
public sealed unsafe class DetachedMount : IDisposable
{
    private readonly Fd _tree;

    private DetachedMount(Fd tree) => _tree = tree;

    /// <summary>The descriptor, for a process that attaches it.</summary>
    internal Fd Tree => _tree;

    /// <summary>The root of the mount, as an O_PATH descriptor: before it is attached and afterwards. Lives as long as this object.</summary>
    public Fd Root => _tree;

    /// <summary>A copy of what a descriptor holds, as a bind mount would make it.</summary>
    /// <param name="source">A file or directory; O_PATH is enough.</param>
    /// <param name="recursive">Whether mounts below come along.</param>
    /// <exception cref="LinuxException">EINVAL: the mount is unbindable. Others as open_tree(2).</exception>
    public static DetachedMount Clone(Fd source, bool recursive)
    {
        uint flags = MountCalls.OpenTreeClone | MountCalls.OpenTreeCloseOnExec | MountCalls.AtEmptyPath;
        if (recursive)
        {
            flags |= MountCalls.AtRecursive;
        }

        nint fd = MountCalls.OpenTree(SystemCallNumbers.OpenTree, source, string.Empty, flags);
        return fd >= 0 ? new DetachedMount(new Fd((int)fd)) : throw LinuxException.FromLastError("open_tree");
    }

    /// <summary>A copy of what is at a path.</summary>
    /// <inheritdoc cref="Clone(Fd, bool)"/>
    public static DetachedMount Clone(string source, bool recursive)
    {
        using Fd from = Fd.Open(NativePath.Require(source), OpenFlags.Path);
        return Clone(from, recursive);
    }

    /// <summary>Changes attributes.</summary>
    /// <param name="set">Attributes to set.</param>
    /// <param name="clear">Attributes to clear.</param>
    /// <param name="recursive">Whether the mounts below change too.</param>
    /// <param name="propagation">A propagation type, or none to leave it.</param>
    /// <exception cref="LinuxException">As mount_setattr(2).</exception>
    public void SetAttributes(MountAttributes set, MountAttributes clear, bool recursive, MountFlags propagation = MountFlags.None) =>
        MountTree.SetAttributes(_tree, set, clear, recursive, propagation);

    /// <summary>Maps the owners of files through a user namespace.</summary>
    /// <param name="userNamespace">The namespace whose maps apply.</param>
    /// <param name="recursive">Whether the mounts below are mapped too.</param>
    /// <exception cref="LinuxException">EINVAL: the file system cannot. Others as mount_setattr(2).</exception>
    public void MapIds(Fd userNamespace, bool recursive) => MountTree.MapIds(_tree, userNamespace, recursive);

    /// <summary>Attaches it where a descriptor is. Needs no /proc.</summary>
    /// <param name="target">A file or directory, as the source is; O_PATH is enough.</param>
    /// <exception cref="LinuxException">As move_mount(2).</exception>
    public void AttachTo(Fd target)
    {
        const uint Flags = MountCalls.MoveMountFromEmptyPath | MountCalls.MoveMountToEmptyPath;
        if (MountCalls.MoveMount(SystemCallNumbers.MoveMount, _tree, string.Empty, target, string.Empty, Flags) != 0)
        {
            throw LinuxException.FromLastError("move_mount");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _tree.Dispose();
}
