using System.Runtime.InteropServices;
using Kata.Linux.Paths;

namespace Kata.Linux.Mounts;

/// <summary>The system calls of this folder.</summary>
internal static unsafe partial class MountCalls
{
    internal const uint OpenTreeClone = 1; // OPEN_TREE_CLONE
    internal const uint OpenTreeCloseOnExec = 0x80000; // OPEN_TREE_CLOEXEC
    internal const uint MoveMountFromEmptyPath = 0x4; // MOVE_MOUNT_F_EMPTY_PATH
    internal const uint MoveMountToEmptyPath = 0x40; // MOVE_MOUNT_T_EMPTY_PATH
    internal const int AtEmptyPath = 0x1000; // AT_EMPTY_PATH
    internal const int AtRecursive = 0x8000; // AT_RECURSIVE
    internal const int UnmountDetach = 2; // MNT_DETACH
    internal const int UnmountNoFollow = 8; // UMOUNT_NOFOLLOW

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int Mount(string? source, string target, string? type, MountFlags flags, string? data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial nint PivotRoot(long number, string newRoot, string putOld);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial nint OpenTree(long number, Fd directory, string path, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial nint MoveMount(long number, Fd from, string fromPath, Fd to, string toPath, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial nint SetAttributes(long number, Fd directory, string path, uint flags, MountAttributeRecord* attributes, nint size);

    [LibraryImport("libc", EntryPoint = "chroot", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int ChangeRoot(string path);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int ChangeDirectory(string path);

    [LibraryImport("libc", EntryPoint = "fchdir", SetLastError = true)]
    internal static partial int ChangeDirectory(Fd directory);
}
