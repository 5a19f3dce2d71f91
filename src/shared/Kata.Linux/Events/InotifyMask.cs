namespace Kata.Linux.Events;

/// <summary>What to watch for, and what happened: inotify(7).</summary>
[Flags]
public enum InotifyMask : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The file was written to, or a file of cgroupfs changed (IN_MODIFY).</summary>
    Modified = 0x2,

    /// <summary>Attributes changed (IN_ATTRIB).</summary>
    Attributes = 0x4,

    /// <summary>A file that was open for writing was closed (IN_CLOSE_WRITE).</summary>
    ClosedAfterWriting = 0x8,

    /// <summary>An entry was moved out of the directory (IN_MOVED_FROM).</summary>
    MovedFrom = 0x40,

    /// <summary>An entry was moved into the directory (IN_MOVED_TO).</summary>
    MovedTo = 0x80,

    /// <summary>An entry was made (IN_CREATE).</summary>
    Created = 0x100,

    /// <summary>An entry was removed (IN_DELETE).</summary>
    Deleted = 0x200,

    /// <summary>The watched object was removed (IN_DELETE_SELF).</summary>
    SelfDeleted = 0x400,

    /// <summary>The watched object was moved (IN_MOVE_SELF).</summary>
    SelfMoved = 0x800,

    /// <summary>Reported: its file system was unmounted (IN_UNMOUNT).</summary>
    Unmounted = 0x2000,

    /// <summary>Reported: events were lost (IN_Q_OVERFLOW). The watch number is -1.</summary>
    Overflow = 0x4000,

    /// <summary>Reported: the watch is gone (IN_IGNORED).</summary>
    Ignored = 0x8000,

    /// <summary>Asked for: only if it is a directory (IN_ONLYDIR).</summary>
    OnlyDirectory = 0x1000000,

    /// <summary>Asked for: do not follow a link (IN_DONT_FOLLOW).</summary>
    NoFollow = 0x2000000,

    /// <summary>Reported: the entry is a directory (IN_ISDIR).</summary>
    IsDirectory = 0x40000000,
}
