using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Rootfs;

/// <summary>
/// Copies a directory tree of an image into an empty directory, for tmpfs mounts that begin with what they cover. Links are copied as links and never
/// followed, devices and sockets are left out, so nothing in the image leads out of either tree.
/// </summary>
internal static class TreeCopier
{
    private const int MaxEntries = 100_000;
    private const int MaxDepth = 64;
    private const int BufferSize = 64 * 1024;

    /// <summary>Copies the content, modes and owners of a directory.</summary>
    /// <param name="from">A directory; O_PATH is enough.</param>
    /// <param name="to">An empty directory; gets the mode and owner of the other.</param>
    /// <exception cref="KataException">ResourceExhausted: more entries or levels than a directory to copy may have.</exception>
    /// <exception cref="LinuxException">ENOSPC: it does not fit. Others as the calls it makes.</exception>
    public static void Copy(Fd from, Fd to)
    {
        int left = MaxEntries;
        CopyDirectory(from, to, MaxDepth, ref left, new byte[BufferSize]);
    }

    private static void CopyDirectory(Fd from, Fd to, int levels, ref int left, byte[] buffer)
    {
        if (levels == 0)
        {
            throw new KataException(ErrorCode.ResourceExhausted, $"tmpcopyup: the directory has more than {MaxDepth} levels");
        }

        FileStatus status = FileAt.Status(from);
        FileAt.ChangeOwner(to, status.UserId, status.GroupId);
        FileAt.ChangeMode(to, status.Permissions);
        foreach (DirectoryEntry entry in DirectoryReader.Read(from, MaxEntries))
        {
            if (--left < 0)
            {
                throw new KataException(ErrorCode.ResourceExhausted, $"tmpcopyup: the directory has more than {MaxEntries} entries");
            }

            CopyEntry(from, to, entry.Name, levels, ref left, buffer);
        }
    }

    private static void CopyEntry(Fd from, Fd to, string name, int levels, ref int left, byte[] buffer)
    {
        FileStatus status = FileAt.Status(from, name);
        switch (status.Kind)
        {
            case FileKind.Directory:
                FileAt.MakeDirectory(to, name);
                using (Fd source = FileAt.Open(from, name, OpenFlags.Path | OpenFlagsPerArchitecture.Directory))
                using (Fd target = FileAt.Open(to, name, OpenFlags.Path | OpenFlagsPerArchitecture.Directory))
                {
                    CopyDirectory(source, target, levels - 1, ref left, buffer);
                }

                return;
            case FileKind.Regular:
                CopyFile(from, to, name, buffer);
                break;
            case FileKind.SymbolicLink:
                FileAt.MakeSymbolicLink(FileAt.ReadLink(from, name), to, name);
                FileAt.ChangeOwner(to, name, status.UserId, status.GroupId);
                return;
            case FileKind.Fifo:
                FileAt.MakeNode(to, name, FileKind.Fifo, status.Permissions);
                break;
            default:
                return; // a device or socket: images have none that mean anything here
        }

        FileAt.ChangeOwner(to, name, status.UserId, status.GroupId);
        FileAt.ChangeMode(to, name, status.Permissions); // after the owner, whose change takes set-id bits away
        FileAt.SetTimes(to, name, status.ModifiedSeconds, status.ModifiedNanoseconds);
    }

    private static void CopyFile(Fd from, Fd to, string name, byte[] buffer)
    {
        using Fd source = FileAt.Open(from, name, OpenFlags.ReadOnly | OpenFlags.NonBlocking);
        using Fd target = FileAt.Open(to, name, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, 0x180);
        int count;
        while ((count = FdIo.Read(source, buffer)) > 0)
        {
            FdIo.WriteAll(target, buffer.AsSpan(0, count));
        }
    }
}
