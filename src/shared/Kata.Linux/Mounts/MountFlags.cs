namespace Kata.Linux.Mounts;

/// <summary>The flags of mount(2).</summary>
[Flags]
public enum MountFlags : ulong
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Read-only (MS_RDONLY).</summary>
    ReadOnly = 1,

    /// <summary>Set-id bits have no effect (MS_NOSUID).</summary>
    NoSetId = 2,

    /// <summary>Device files cannot be used (MS_NODEV).</summary>
    NoDevices = 4,

    /// <summary>Nothing can be executed (MS_NOEXEC).</summary>
    NoExecute = 8,

    /// <summary>Every write waits for the disk (MS_SYNCHRONOUS).</summary>
    Synchronous = 0x10,

    /// <summary>Changes an existing mount (MS_REMOUNT).</summary>
    Remount = 0x20,

    /// <summary>Mandatory locks (MS_MANDLOCK).</summary>
    MandatoryLocks = 0x40,

    /// <summary>Changes of directories wait for the disk (MS_DIRSYNC).</summary>
    DirectorySync = 0x80,

    /// <summary>MS_NOSYMFOLLOW.</summary>
    NoSymlinkFollow = 0x100,

    /// <summary>Access times are not kept (MS_NOATIME).</summary>
    NoAccessTimes = 0x400,

    /// <summary>Access times of directories are not kept (MS_NODIRATIME).</summary>
    NoDirectoryAccessTimes = 0x800,

    /// <summary>Shows a part of the tree at a second place (MS_BIND).</summary>
    Bind = 0x1000,

    /// <summary>Moves a mount (MS_MOVE).</summary>
    Move = 0x2000,

    /// <summary>With the mounts below (MS_REC).</summary>
    Recursive = 0x4000,

    /// <summary>MS_SILENT.</summary>
    Silent = 0x8000,

    /// <summary>Like private, and cannot be bound (MS_UNBINDABLE).</summary>
    Unbindable = 0x20000,

    /// <summary>Spreads nothing and receives nothing (MS_PRIVATE).</summary>
    Private = 0x40000,

    /// <summary>Receives only (MS_SLAVE).</summary>
    Slave = 0x80000,

    /// <summary>Spreads and receives (MS_SHARED).</summary>
    Shared = 0x100000,

    /// <summary>Access times are kept now and then (MS_RELATIME).</summary>
    RelativeAccessTimes = 0x200000,

    /// <summary>Counts changes of files (MS_I_VERSION).</summary>
    InodeVersion = 0x800000,

    /// <summary>Access times are kept at every access (MS_STRICTATIME).</summary>
    StrictAccessTimes = 0x1000000,

    /// <summary>Times are written to disk late (MS_LAZYTIME).</summary>
    LazyTimes = 0x2000000,

    /// <summary>The four propagation types; exactly one of them goes into a call.</summary>
    PropagationMask = Unbindable | Private | Slave | Shared,

    /// <summary>Flags that belong to one mount, not to the file system: what a bind mount can change by a remount.</summary>
    PerMountMask = ReadOnly | NoSetId | NoDevices | NoExecute | NoAccessTimes | NoDirectoryAccessTimes | RelativeAccessTimes | StrictAccessTimes | NoSymlinkFollow,
}
