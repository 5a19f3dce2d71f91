using System.Runtime.InteropServices;

namespace Kata.Linux.Paths;

/// <summary>The system calls of this folder.</summary>
internal static unsafe partial class PathCalls
{
    internal const int AtRemoveDirectory = 0x200; // AT_REMOVEDIR
    internal const int AtSymlinkNoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    internal const int AtEmptyPath = 0x1000; // AT_EMPTY_PATH
    internal const int AtNoAutomount = 0x800; // AT_NO_AUTOMOUNT
    internal const int AtStatxForceSync = 0x2000; // AT_STATX_FORCE_SYNC
    internal const int AtStatxDontSync = 0x4000; // AT_STATX_DONT_SYNC

    internal const uint StatxBasic = 0x7FF; // STATX_BASIC_STATS
    internal const uint StatxMountId = 0x1000; // STATX_MNT_ID

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial nint OpenAt2(long number, Fd directory, string path, OpenHow* how, nint size);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int OpenAt(Fd directory, string path, OpenFlags flags, uint mode);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int MkdirAt(Fd directory, string path, uint mode);

    [LibraryImport("libc", EntryPoint = "mknodat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int MknodAt(Fd directory, string path, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int SymlinkAt(string target, Fd directory, string path);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int LinkAt(Fd fromDirectory, string from, Fd toDirectory, string to, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int UnlinkAt(Fd directory, string path, int flags);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int RenameAt2(Fd fromDirectory, string from, Fd toDirectory, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int ChownAt(Fd directory, string path, uint user, uint group, int flags);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int Chmod(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int UtimensAt(Fd directory, string path, TimeSpec* times, int flags);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial nint ReadLinkAt(Fd directory, string path, byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int Statx(Fd directory, string path, int flags, uint mask, StatxRecord* record);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    internal static partial nint GetDirectoryEntries(Fd directory, byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    internal static partial long Seek(Fd fd, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial nint LGetXattr(string path, string name, byte* value, nint size);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int LSetXattr(string path, string name, byte* value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "llistxattr", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial nint LListXattr(string path, byte* list, nint size);

    [LibraryImport("libc", EntryPoint = "lremovexattr", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int LRemoveXattr(string path, string name);
}
