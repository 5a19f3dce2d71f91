using System.Runtime.InteropServices;

namespace Kata.Linux.Mounts;

/// <summary>How full a file system is.</summary>
/// <param name="Type">Its magic number, as statfs(2) lists them; that of a 9p share is the one of the file system on the host.</param>
/// <param name="TotalBytes">Its size.</param>
/// <param name="FreeBytes">What is not used.</param>
/// <param name="AvailableBytes">What is left for users without privileges.</param>
/// <param name="TotalFiles">Inodes; 0 where they are not counted.</param>
/// <param name="FreeFiles">Inodes that are not used.</param>
/// <param name="BlockSize">The unit in which space is counted, in bytes.</param>
public sealed partial record FileSystemSpace(
    long Type, ulong TotalBytes, ulong FreeBytes, ulong AvailableBytes, ulong TotalFiles, ulong FreeFiles, ulong BlockSize)
{
    /// <summary>Asks about the file system that an open file is on; O_PATH is enough.</summary>
    /// <exception cref="LinuxException">As fstatfs(2).</exception>
    public static unsafe FileSystemSpace Of(Fd file)
    {
        FileSystemRecord record;
        if (NativeStatus(file, &record) != 0)
        {
            throw LinuxException.FromLastError("fstatfs", file.Value);
        }

        ulong unit = (ulong)Math.Max(record.FragmentSize > 0 ? record.FragmentSize : record.BlockSize, 1);
        return new FileSystemSpace(
            record.Type,
            Bytes(record.Blocks, unit),
            Bytes(record.BlocksFree, unit),
            Bytes(record.BlocksAvailable, unit),
            record.Files,
            record.FilesFree,
            unit);
    }

    // A file server may claim anything.
    private static ulong Bytes(ulong blocks, ulong unit) => blocks > ulong.MaxValue / unit ? ulong.MaxValue : blocks * unit;

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static unsafe partial int NativeStatus(Fd file, FileSystemRecord* record);
}
