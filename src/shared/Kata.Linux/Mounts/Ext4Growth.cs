using System.Runtime.InteropServices;

namespace Kata.Linux.Mounts;

/// <summary>Grows mounted ext4 file systems.</summary>
public static unsafe partial class Ext4Growth
{
    internal const nuint Resize = 0x40086610; // the kernel's EXT4_IOC_RESIZE_FS, which not every linux-libc-dev has

    /// <summary>Makes the file system that an open file is on as large as wanted. It must not become smaller. Nothing happens if it has that size.</summary>
    /// <param name="file">A file or directory on it, open for reading.</param>
    /// <param name="blocks">Its size in blocks of the file system.</param>
    /// <exception cref="LinuxException">
    /// EINVAL: smaller than it is. ENOSPC: larger than its device. ENOTTY: no ext4. EPERM: not privileged (CAP_SYS_RESOURCE). EROFS: mounted read-only.
    /// </exception>
    public static void Grow(Fd file, ulong blocks)
    {
        if (NativeControl(file, Resize, &blocks) != 0)
        {
            throw LinuxException.FromLastError("ioctl", $"EXT4_IOC_RESIZE_FS to {blocks} blocks");
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int NativeControl(Fd fd, nuint request, ulong* argument);
}
