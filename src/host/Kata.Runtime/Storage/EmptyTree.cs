using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Runtime.Storage;

/// <summary>
/// Removes the skeleton of mount points that is left when all mounts are gone: directories without content and empty files. A mount that is still there,
/// or anything with content, stays and is an error: it may be somebody's data.
/// </summary>
internal static class EmptyTree
{
    /// <summary>Removes a tree; one that does not exist is no error.</summary>
    /// <exception cref="KataException">FailedPrecondition: something is still mounted in it.</exception>
    /// <exception cref="IOException">Something in it is not empty.</exception>
    public static void Remove(string path)
    {
        FileStatus status;
        try
        {
            using Fd entry = Fd.Open(path, OpenFlags.Path | OpenFlagsPerArchitecture.NoFollow);
            status = FileAt.Status(entry);
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            return;
        }

        if (status.IsMountRoot)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"{path} is still mounted; unmount it, then remove the directory");
        }

        if (status.IsDirectory)
        {
            foreach (string child in Directory.EnumerateFileSystemEntries(path))
            {
                Remove(child);
            }

            Directory.Delete(path);
        }
        else if (status is { Kind: FileKind.Regular, Size: 0 })
        {
            File.Delete(path);
        }
    }
}
