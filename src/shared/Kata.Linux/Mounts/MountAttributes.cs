namespace Kata.Linux.Mounts;

/// <summary>The attributes that mount_setattr(2) sets and clears.</summary>
[Flags]
public enum MountAttributes : ulong
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>MOUNT_ATTR_RDONLY.</summary>
    ReadOnly = 0x01,

    /// <summary>MOUNT_ATTR_NOSUID.</summary>
    NoSetId = 0x02,

    /// <summary>MOUNT_ATTR_NODEV.</summary>
    NoDevices = 0x04,

    /// <summary>MOUNT_ATTR_NOEXEC.</summary>
    NoExecute = 0x08,

    /// <summary>MOUNT_ATTR_NOATIME. Setting any access time mode needs <see cref="AccessTimeMask"/> cleared in the same call.</summary>
    NoAccessTimes = 0x10,

    /// <summary>MOUNT_ATTR_STRICTATIME.</summary>
    StrictAccessTimes = 0x20,

    /// <summary>MOUNT_ATTR__ATIME: the field of access time modes, in which 0 means relatime.</summary>
    AccessTimeMask = 0x70,

    /// <summary>MOUNT_ATTR_NODIRATIME.</summary>
    NoDirectoryAccessTimes = 0x80,

    /// <summary>MOUNT_ATTR_IDMAP.</summary>
    IdMapped = 0x100000,

    /// <summary>MOUNT_ATTR_NOSYMFOLLOW.</summary>
    NoSymlinkFollow = 0x200000,
}
