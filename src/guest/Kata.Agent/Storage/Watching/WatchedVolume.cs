using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Storage.Watching;

/// <summary>
/// A copy, in the guest's memory, of a directory or file that the host shares. Changes are brought over so that whoever looks at the copy sees each file,
/// and each new directory with all that is in it, either as it was or as it is, and watchers in the guest notice. One thread at a time.
/// </summary>
/// <param name="source">What is copied; in the agent's tree.</param>
/// <param name="target">Where the copy is; on the file system of <paramref name="staging"/>.</param>
/// <param name="staging">A directory of its own for what is not to be seen yet.</param>
/// <param name="group">Whose the copy is; null for the source's group.</param>
/// <param name="limits">The most that is copied.</param>
internal sealed class WatchedVolume(string source, string target, string staging, VolumeGroup? group, WatchLimits limits)
{
    private const int MaxAttempts = 5;

    private SourceTree _present = SourceTree.Empty;
    private IReadOnlyList<string> _left = [];

    /// <summary>Where the copy is, for messages.</summary>
    public string Target => target;

    /// <summary>Things in the source that are not copied: devices, FIFOs and sockets.</summary>
    public int Skipped => _present.Skipped;

    /// <summary>Looks at the source and brings changes over.</summary>
    /// <param name="asItIs">Whether a <c>..data</c> that leads to nothing is copied too.</param>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="KataException">ResourceExhausted: the source is too large now. Unavailable: it does not hold still. The copy is as before.</exception>
    /// <exception cref="LinuxException">ENOENT: the source is gone. Others as the calls that copy.</exception>
    public bool Update(bool asItIs = false)
    {
        RemoveLeft();
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            try
            {
                using Fd from = GuestPaths.Open(source, OpenFlags.Path);
                SourceTree next = SourceTree.Read(from, limits);
                if (!next.IsOfOneTime && !asItIs)
                {
                    continue;
                }

                if (next.IsSameAs(_present))
                {
                    return false;
                }

                if (TryCopy(from, next))
                {
                    _present = next;
                    return true;
                }
            }
            catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP && attempt + 1 < MaxAttempts)
            {
                // Something went away between two looks: look again.
                continue;
            }
        }

        throw new KataException(ErrorCode.Unavailable, "it changes faster than it can be copied");
    }

    private bool TryCopy(Fd from, SourceTree next)
    {
        if (next.Entries[string.Empty].Kind == FileKind.Regular)
        {
            return CopyFile(from, next);
        }

        using Fd stage = GuestPaths.CreateDirectory(staging);
        try
        {
            using var changes = new TreeChanges(from, stage, _present, next, group);
            changes.Prepare();

            // Only if the source is still what was read, the copies belong together.
            if (!SourceTree.Read(from, limits).IsSameAs(next))
            {
                return false;
            }

            using Fd to = GuestPaths.Open(target, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
            _left = changes.Commit(to);
            return true;
        }
        finally
        {
            TreeRemover.RemoveContents(stage);
        }
    }

    // Those of the look before: whoever read them has had the time since.
    private void RemoveLeft()
    {
        if (_left.Count == 0)
        {
            return;
        }

        using Fd stage = GuestPaths.CreateDirectory(staging);
        using ConfinedDirectory to = new(GuestPaths.Open(target, OpenFlags.Path | OpenFlagsPerArchitecture.Directory), ResolveFlags.Strict);
        for (int i = 0; i < _left.Count; i++)
        {
            if (!_present.Entries.ContainsKey(_left[i]))
            {
                TreeChanges.TakeAway(to, _left[i], stage, i);
            }
        }

        _left = [];
        TreeRemover.RemoveContents(stage);
    }

    // The container has this very file mounted, so it is changed in place: the new content first, then the length.
    private bool CopyFile(Fd from, SourceTree next)
    {
        SourceEntry entry = next.Entries[string.Empty];
        byte[] content = SourceFile.Read(from, entry);
        if (!SourceTree.Read(from, limits).IsSameAs(next))
        {
            return false;
        }

        using Fd to = GuestPaths.Open(target, OpenFlags.Path);
        using (Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(to.ProcPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.Write(file, content, fileOffset: 0);
            RandomAccess.SetLength(file, content.Length);
        }

        FileAt.ChangeOwner(to, entry.User, group?.Group ?? entry.Group);
        FileAt.ChangeMode(to, entry.Permissions);
        return true;
    }
}
