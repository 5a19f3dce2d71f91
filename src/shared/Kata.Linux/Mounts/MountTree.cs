using Kata.Linux.Paths;

namespace Kata.Linux.Mounts;

/// <summary>Changes attributes of a mount, or of it and all mounts below, in one step: mount_setattr(2). Needs Linux 5.12.</summary>
public static unsafe class MountTree
{
    /// <summary>Changes the mount that a descriptor is the root of.</summary>
    /// <param name="mount">The mount's root; O_PATH is enough.</param>
    /// <param name="set">Attributes to set.</param>
    /// <param name="clear">Attributes to clear.</param>
    /// <param name="recursive">Whether the mounts below change too. All change or none.</param>
    /// <param name="propagation">A propagation type, or none to leave it.</param>
    /// <exception cref="LinuxException">EINVAL: no mount's root. Others as mount_setattr(2).</exception>
    public static void SetAttributes(Fd mount, MountAttributes set, MountAttributes clear, bool recursive, MountFlags propagation = MountFlags.None)
    {
        // The access time mode is a field, not a set of bits: to set any value, the whole field must be cleared too.
        const MountAttributes Times = MountAttributes.AccessTimeMask;
        var record = new MountAttributeRecord
        {
            Set = (ulong)set,
            Clear = (ulong)(clear | (((set | clear) & Times) != 0 ? Times : 0)),
            Propagation = (ulong)(propagation == MountFlags.None ? MountFlags.None : Kata.Linux.Mounts.Mount.RequirePropagation(propagation)),
        };
        Apply(mount, &record, recursive);
    }

    /// <summary>Changes the mount at a path.</summary>
    /// <inheritdoc cref="SetAttributes(Fd, MountAttributes, MountAttributes, bool, MountFlags)"/>
    public static void SetAttributes(string mount, MountAttributes set, MountAttributes clear, bool recursive, MountFlags propagation = MountFlags.None)
    {
        using Fd root = Fd.Open(NativePath.Require(mount), OpenFlags.Path);
        SetAttributes(root, set, clear, recursive, propagation);
    }

    internal static void MapIds(Fd mount, Fd userNamespace, bool recursive)
    {
        var record = new MountAttributeRecord { Set = (ulong)MountAttributes.IdMapped, UserNamespace = (ulong)userNamespace.Value };
        Apply(mount, &record, recursive);
    }

    private static void Apply(Fd mount, MountAttributeRecord* record, bool recursive)
    {
        uint flags = MountCalls.AtEmptyPath | (recursive ? (uint)MountCalls.AtRecursive : 0);
        if (MountCalls.SetAttributes(SystemCallNumbers.MountSetAttributes, mount, string.Empty, flags, record, sizeof(MountAttributeRecord)) != 0)
        {
            throw LinuxException.FromLastError("mount_setattr");
        }
    }
}
