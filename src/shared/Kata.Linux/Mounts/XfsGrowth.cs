using System.Runtime.InteropServices;

namespace Kata.Linux.Mounts;

/// <summary>Grows mounted XFS file systems.</summary>
public static unsafe partial class XfsGrowth
{
    internal const nuint Geometry = 0x80705864; // XFS_IOC_FSGEOMETRY_V1
    internal const nuint Resize = 0x4010586E; // XFS_IOC_FSGROWFSDATA

    /// <summary>The size of the data part of the file system that an open file is on. The log is in it, unlike in what statfs(2) tells.</summary>
    /// <param name="file">A file or directory on it, open for reading.</param>
    /// <returns>Bytes of a block, and the number of blocks.</returns>
    /// <exception cref="LinuxException">ENOTTY: no XFS.</exception>
    public static (ulong BlockSize, ulong Blocks) SizeOf(Fd file)
    {
        XfsGeometryRecord geometry = Read(file);
        return (geometry.BlockSize, geometry.DataBlocks);
    }

    /// <summary>Makes the file system that an open file is on as large as wanted. Nothing happens if it has that size.</summary>
    /// <param name="file">A file or directory on it, open for reading.</param>
    /// <param name="blocks">Its size in blocks. A rest too small for an allocation group is left out.</param>
    /// <exception cref="LinuxException">
    /// EINVAL: smaller than it is, or larger than XFS can be. EIO, ENOSPC: larger than its device. EPERM: not privileged (CAP_SYS_ADMIN). EROFS: mounted
    /// read-only. EAGAIN: it is being grown already.
    /// </exception>
    public static void Grow(Fd file, ulong blocks)
    {
        // The share of inodes is part of the request: it stays as it is.
        var request = new XfsGrowthRecord { Blocks = blocks, InodePercent = Read(file).InodePercent };
        if (NativeControl(file, Resize, &request) != 0)
        {
            throw LinuxException.FromLastError("ioctl", $"XFS_IOC_FSGROWFSDATA to {blocks} blocks");
        }
    }

    private static XfsGeometryRecord Read(Fd file)
    {
        XfsGeometryRecord geometry;
        return NativeControl(file, Geometry, &geometry) == 0 ? geometry : throw LinuxException.FromLastError("ioctl", "XFS_IOC_FSGEOMETRY_V1");
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int NativeControl(Fd fd, nuint request, void* argument);
}
