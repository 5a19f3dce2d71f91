namespace Kata.Linux.Paths;

/// <summary>Removes directory trees that somebody hostile may have made or may still be changing.</summary>
/// <remarks>
/// No link is followed and no mount point is crossed: a directory on another file system stops the removal with EBUSY or EXDEV instead of being emptied.
/// Depth costs no stack and at most <see cref="MaxDepth"/> descriptors: what is deeper is first moved up.
/// </remarks>
public static class TreeRemover
{
    private const int MaxDepth = 32;
    private const int MaxPasses = 100_000;

    /// <summary>Removes an entry with everything below it. No error if it is not there.</summary>
    /// <param name="parent">The directory that holds it.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="LinuxException">EBUSY: something below is a mount point. Others as unlinkat(2).</exception>
    public static void Remove(Fd parent, string name)
    {
        if (FileAt.TryStatus(parent, name) is not { } status)
        {
            return;
        }

        if (!status.IsDirectory)
        {
            Ignore(Errno.ENOENT, () => FileAt.RemoveFile(parent, name));
            return;
        }

        if (status.IsMountRoot)
        {
            throw new LinuxException("remove tree", Errno.EBUSY, name);
        }

        using (Fd top = FileAt.Open(parent, name, OpenFlags.ReadOnly | OpenFlagsPerArchitecture.Directory))
        {
            var walk = new Walk(top, FileAt.Status(top));
            walk.Empty(top, depth: 0);
        }

        Ignore(Errno.ENOENT, () => FileAt.RemoveDirectory(parent, name));
    }

    /// <summary>Removes a tree by a path of the caller's own; only its last component may be in other hands.</summary>
    /// <inheritdoc cref="Remove(Fd, string)"/>
    public static void Remove(string path)
    {
        string full = Path.GetFullPath(NativePath.Require(path)).TrimEnd('/');
        string? parent = Path.GetDirectoryName(full);
        if (parent is null || !Directory.Exists(parent))
        {
            return;
        }

        using Fd directory = Fd.Open(parent, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        Remove(directory, Path.GetFileName(full));
    }

    /// <summary>Removes everything in a directory, and leaves the directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <exception cref="LinuxException">EBUSY: something in it is a mount point. Others as unlinkat(2).</exception>
    public static void RemoveContents(Fd directory) => new Walk(directory, FileAt.Status(directory)).Empty(directory, depth: 0);

    private static void Ignore(Errno errno, Action action)
    {
        try
        {
            action();
        }
        catch (LinuxException error) when (error.Errno == errno)
        {
            // Already as wanted.
        }
    }

    private sealed class Walk(Fd top, FileStatus topStatus)
    {
        private long _moved;

        internal void Empty(Fd directory, int depth)
        {
            // Read again until nothing is left: entries may appear while we work, our own moved ones among them. Whoever keeps adding some wins in the end.
            // A piece at a time: whoever made the tree may have put any number of entries into it.
            IReadOnlyList<DirectoryEntry> entries = First(directory);
            for (int pass = 0; entries.Count > 0; pass++)
            {
                if (pass == MaxPasses)
                {
                    throw new LinuxException("remove tree", Errno.ENOTEMPTY, entries[0].Name);
                }

                foreach (DirectoryEntry entry in entries)
                {
                    Ignore(Errno.ENOENT, () => RemoveEntry(directory, entry, depth));
                }

                entries = First(directory);
            }
        }

        private static IReadOnlyList<DirectoryEntry> First(Fd directory)
        {
            using var stream = new DirectoryStream(directory);
            return stream.Next();
        }

        private void RemoveEntry(Fd directory, DirectoryEntry entry, int depth)
        {
            if (entry.Kind is not (FileKind.Directory or FileKind.Unknown))
            {
                FileAt.RemoveFile(directory, entry.Name);
                return;
            }

            FileStatus status = FileAt.Status(directory, entry.Name);
            if (!status.IsDirectory)
            {
                FileAt.RemoveFile(directory, entry.Name);
                return;
            }

            if (depth + 1 >= MaxDepth)
            {
                FileAt.Rename(directory, entry.Name, top, $".removing-{_moved++}-{Guid.NewGuid():N}", replace: false);
                return;
            }

            using (Fd child = FileAt.Open(directory, entry.Name, OpenFlags.ReadOnly | OpenFlagsPerArchitecture.Directory))
            {
                RequireSameFileSystem(child, entry.Name);
                Empty(child, depth + 1);
            }

            FileAt.RemoveDirectory(directory, entry.Name);
        }

        private void RequireSameFileSystem(Fd child, string name)
        {
            FileStatus status = FileAt.Status(child);
            if (status.IsMountRoot || status.Device != topStatus.Device)
            {
                throw new LinuxException("remove tree", Errno.EBUSY, name);
            }
        }
    }
}
