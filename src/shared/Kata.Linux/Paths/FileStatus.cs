namespace Kata.Linux.Paths;

/// <summary>What statx(2) says about a file.</summary>
public readonly record struct FileStatus
{
    private const uint KindMask = 0xF000;
    private const ulong MountRootAttribute = 0x2000; // STATX_ATTR_MOUNT_ROOT

    private readonly ulong _attributes;

    internal FileStatus(in StatxRecord record)
    {
        Kind = (FileKind)(record.Mode & KindMask);
        Permissions = record.Mode & ~KindMask;
        UserId = record.UserId;
        GroupId = record.GroupId;
        Size = (long)record.Size;
        Blocks = (long)record.Blocks;
        Links = record.Links;
        Inode = record.Inode;
        Device = new DeviceNumber(record.DeviceMajor, record.DeviceMinor);
        Represents = new DeviceNumber(record.RdevMajor, record.RdevMinor);
        ModifiedSeconds = record.ModifiedSeconds;
        ModifiedNanoseconds = record.ModifiedNanoseconds;
        MountId = record.MountId;
        _attributes = record.Attributes & record.AttributesMask;
    }

    /// <summary>What it is.</summary>
    public FileKind Kind { get; }

    /// <summary>Permission, set-id and sticky bits.</summary>
    public uint Permissions { get; }

    /// <summary>Owner.</summary>
    public uint UserId { get; }

    /// <summary>Group.</summary>
    public uint GroupId { get; }

    /// <summary>Bytes of a file, or of a link's text.</summary>
    public long Size { get; }

    /// <summary>Space taken, in units of 512 bytes.</summary>
    public long Blocks { get; }

    /// <summary>Number of hard links.</summary>
    public uint Links { get; }

    /// <summary>Number within its file system.</summary>
    public ulong Inode { get; }

    /// <summary>The file system's device. Do not infer the real block device from it.</summary>
    public DeviceNumber Device { get; }

    /// <summary>The device that a device file stands for.</summary>
    public DeviceNumber Represents { get; }

    /// <summary>Time of last change of the content, seconds since 1970.</summary>
    public long ModifiedSeconds { get; }

    /// <summary>And its nanoseconds.</summary>
    public uint ModifiedNanoseconds { get; }

    /// <summary>The mount it was reached through, as in mountinfo; 0 before Linux 5.8.</summary>
    public ulong MountId { get; }

    /// <summary>Whether it is the root of a mount; false before Linux 5.8.</summary>
    public bool IsMountRoot => (_attributes & MountRootAttribute) != 0;

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => Kind == FileKind.Directory;
}
