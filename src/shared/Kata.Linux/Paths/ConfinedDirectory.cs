using Kata.Primitives;

namespace Kata.Linux.Paths;

/// <summary>
/// A directory that path lookups cannot leave, whatever links are in it and whoever changes it meanwhile: every lookup is one openat2(2) that treats the
/// directory as the root. Safe for concurrent use. Needs Linux 5.6.
/// </summary>
/// <remarks>Paths may begin with a slash or not; both start at the directory. Work on what was opened through the descriptor, not through its path.</remarks>
public sealed unsafe class ConfinedDirectory : IDisposable
{
    // RESOLVE_IN_ROOT answers EAGAIN when a rename anywhere on the system raced a "..": the manual says to try again.
    private const int MaxRaces = 128;
    private const uint DefaultDirectoryMode = 0x1ED; // 0755

    private readonly ResolveFlags _resolve;

    /// <summary>Takes over a descriptor of a directory; O_PATH is enough.</summary>
    /// <param name="root">The directory; disposed with this object.</param>
    /// <param name="resolve">How lookups treat links; one of the two root-bound forms.</param>
    public ConfinedDirectory(Fd root, ResolveFlags resolve = ResolveFlags.Chrooted)
    {
        ArgumentNullException.ThrowIfNull(root);
        if ((resolve & (ResolveFlags.InRoot | ResolveFlags.Beneath)) == 0)
        {
            throw new ArgumentException("lookups must be bound to the directory", nameof(resolve));
        }

        Handle = root;
        _resolve = resolve;
    }

    /// <summary>The directory's descriptor.</summary>
    public Fd Handle { get; }

    /// <summary>Opens a directory by a path of the caller's own, followed as usual.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="resolve">How lookups below it treat links.</param>
    /// <exception cref="LinuxException">ENOENT: there is none. ENOTDIR: not a directory.</exception>
    public static ConfinedDirectory Open(string path, ResolveFlags resolve = ResolveFlags.Chrooted)
    {
        Fd root = Fd.Open(NativePath.Require(path), OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        try
        {
            return new ConfinedDirectory(root, resolve);
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <summary>Opens something below the directory, close-on-exec.</summary>
    /// <param name="path">The path; <c>/</c> or <c>.</c> is the directory itself.</param>
    /// <param name="flags">Access mode and flags of open(2).</param>
    /// <param name="mode">Permission bits of a file that is created.</param>
    /// <exception cref="LinuxException">ELOOP: a link where none is allowed. EXDEV: out of the tree. Others as openat2(2).</exception>
    public Fd Open(string path, OpenFlags flags, uint mode = 0)
    {
        Errno error = TryOpen(path, flags, mode, _resolve, out Fd? file);
        return file ?? throw new LinuxException("openat2", error, path);
    }

    /// <summary>Opens something below the directory, or returns null if it does not exist.</summary>
    /// <exception cref="LinuxException">As <see cref="Open(string, OpenFlags, uint)"/>, ENOENT excepted.</exception>
    public Fd? TryOpen(string path, OpenFlags flags, uint mode = 0)
    {
        Errno error = TryOpen(path, flags, mode, _resolve, out Fd? file);
        return error is 0 or Errno.ENOENT ? file : throw new LinuxException("openat2", error, path);
    }

    /// <summary>
    /// Opens a regular file and nothing else: a device in its place is not even opened, which could have effects, and a FIFO does not hang the caller.
    /// Needs /proc.
    /// </summary>
    /// <param name="path">The file, which must exist.</param>
    /// <param name="flags">Access mode and flags of open(2).</param>
    /// <exception cref="KataException">InvalidArgument: not a regular file.</exception>
    /// <exception cref="LinuxException">As <see cref="Open(string, OpenFlags, uint)"/>.</exception>
    public Fd OpenRegular(string path, OpenFlags flags)
    {
        using Fd handle = Open(path, OpenFlags.Path);
        return ReopenRegular(handle, path, flags);
    }

    /// <summary>A directory below this one, confined to itself.</summary>
    /// <exception cref="LinuxException">ENOENT: there is none. ENOTDIR: not a directory.</exception>
    public ConfinedDirectory OpenDirectory(string path) => new(Open(path, OpenFlags.Path | OpenFlagsPerArchitecture.Directory), _resolve);

    /// <summary>Opens a directory, after making what is missing of it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="mode">Permission bits of directories that are made; the umask is taken off.</param>
    /// <returns>The directory, opened with O_PATH.</returns>
    /// <exception cref="LinuxException">ENOTDIR: something on the way is no directory. ENOENT: a link on the way points to nothing.</exception>
    public Fd CreateDirectories(string path, uint mode = DefaultDirectoryMode)
    {
        OpenFlags flags = OpenFlags.Path | OpenFlagsPerArchitecture.Directory;
        NativePath.Require(path);
        if ((TryOpen(path, flags) ?? TryMakeLast(path, flags, mode)) is { } existing)
        {
            return existing;
        }

        Fd current = Open("/", flags);
        try
        {
            int end = 0;
            while (end < path.Length)
            {
                // The lookup always starts at the root, so that links and ".." on the way mean the same as in a lookup of the whole path.
                end = EndOfNextComponent(path, end);
                Fd next = OpenOrMake(current, path[..end], flags, mode);
                current.Dispose();
                current = next;
            }

            return current;
        }
        catch
        {
            current.Dispose();
            throw;
        }
    }

    /// <summary>Makes sure that there is a file, or anything else that is not a directory, and opens it with O_PATH: a target to mount a file on.</summary>
    /// <param name="path">The path; missing directories are made.</param>
    /// <param name="mode">Permission bits of a file that is made; the umask is taken off.</param>
    /// <exception cref="LinuxException">EISDIR: it is a directory.</exception>
    public Fd CreateFile(string path, uint mode = 0x1A4)
    {
        if (TryOpen(path, OpenFlags.Path) is { } existing)
        {
            return RefuseDirectory(existing, path);
        }

        (Fd parent, string name) = OpenParent(path, create: true);
        using (parent)
        {
            try
            {
                FileAt.MakeNode(parent, name, FileKind.Regular, mode);
            }
            catch (LinuxException error) when (error.Errno == Errno.EEXIST)
            {
                // Somebody was quicker, or it is a link to nothing, which the lookup below refuses.
            }
        }

        return RefuseDirectory(Open(path, OpenFlags.Path), path);
    }

    /// <summary>Opens the directory that holds an entry, for the operations of <see cref="FileAt"/>.</summary>
    /// <param name="path">The entry, which need not exist; its last component must be a name.</param>
    /// <param name="create">Whether missing directories are made.</param>
    /// <returns>The parent, opened with O_PATH and owned by the caller, and the entry's name in it.</returns>
    /// <exception cref="KataException">InvalidArgument: the path ends in <c>.</c>, <c>..</c> or is the directory itself.</exception>
    public (Fd Parent, string Name) OpenParent(string path, bool create = false)
    {
        string trimmed = NativePath.Require(path).TrimEnd('/');
        int slash = trimmed.LastIndexOf('/');
        string name = NativePath.RequireName(trimmed[(slash + 1)..]);
        string parent = slash <= 0 ? "/" : trimmed[..slash];
        return (create ? CreateDirectories(parent) : Open(parent, OpenFlags.Path | OpenFlagsPerArchitecture.Directory), name);
    }

    /// <summary>What a path leads to, links followed as far as this directory follows them; null if nothing.</summary>
    /// <exception cref="LinuxException">As <see cref="Open(string, OpenFlags, uint)"/>, ENOENT excepted.</exception>
    public FileStatus? TryStatus(string path)
    {
        using Fd? file = TryOpen(path, OpenFlags.Path);
        return file is null ? null : FileAt.Status(file);
    }

    /// <summary>Reads a small file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The largest size accepted.</param>
    /// <exception cref="KataException">ResourceExhausted: it is larger. InvalidArgument: not a regular file.</exception>
    /// <exception cref="LinuxException">As <see cref="Open(string, OpenFlags, uint)"/>.</exception>
    public byte[] ReadFile(string path, int maxBytes) => TryReadFile(path, maxBytes) ?? throw new LinuxException("openat2", Errno.ENOENT, path);

    /// <summary>As <see cref="ReadFile"/>; null if there is no such file.</summary>
    /// <inheritdoc cref="ReadFile"/>
    public byte[]? TryReadFile(string path, int maxBytes)
    {
        using Fd? handle = TryOpen(path, OpenFlags.Path);
        if (handle is null)
        {
            return null;
        }

        using Fd file = ReopenRegular(handle, path, OpenFlags.ReadOnly);
        return BoundedFile.ReadRegular(file, path, maxBytes);
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    private static Fd ReopenRegular(Fd handle, string path, OpenFlags flags) => FileAt.Status(handle).Kind == FileKind.Regular
        ? Fd.Open(handle.ProcPath, flags)
        : throw KataException.Invalid($"{Printable.Escape(path, 256)} is not a regular file");

    // Most often only the last part is missing.
    private Fd? TryMakeLast(string path, OpenFlags flags, uint mode)
    {
        int slash = path.TrimEnd('/').LastIndexOf('/');
        if (slash <= 0 || path.Length == slash + 1 || TryOpen(path[..slash], flags) is not { } parent)
        {
            return null;
        }

        using (parent)
        {
            return OpenOrMake(parent, path.TrimEnd('/'), flags, mode, isThere: false);
        }
    }

    private static Fd RefuseDirectory(Fd file, string path)
    {
        try
        {
            return FileAt.Status(file).IsDirectory ? throw new LinuxException("openat2", Errno.EISDIR, path) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static int EndOfNextComponent(string path, int start)
    {
        while (start < path.Length && path[start] == '/')
        {
            start++;
        }

        int slash = path.IndexOf('/', start);
        return slash < 0 ? path.Length : slash;
    }

    private Fd OpenOrMake(Fd parent, string path, OpenFlags flags, uint mode, bool isThere = true)
    {
        if (isThere && TryOpen(path, flags) is { } existing)
        {
            return existing;
        }

        try
        {
            FileAt.MakeDirectory(parent, path[(path.LastIndexOf('/') + 1)..], mode);
        }
        catch (LinuxException error) when (error.Errno == Errno.EEXIST)
        {
            // Somebody was quicker, or it is a link to nothing, which the lookup below refuses.
        }

        return Open(path, flags);
    }

    private Errno TryOpen(string path, OpenFlags flags, uint mode, ResolveFlags resolve, out Fd? file)
    {
        NativePath.Require(path);
        var how = new OpenHow { Flags = (ulong)(flags | OpenFlags.CloseOnExec), Mode = mode, Resolve = (ulong)resolve };
        for (int races = 0; ; races++)
        {
            nint fd = PathCalls.OpenAt2(SystemCallNumbers.OpenAt2, Handle, path, &how, sizeof(OpenHow));
            if (fd >= 0)
            {
                file = new Fd((int)fd);
                return 0;
            }

            Errno error = LinuxException.LastErrno();
            if (error != Errno.EINTR && (error != Errno.EAGAIN || races >= MaxRaces))
            {
                file = null;
                return error;
            }
        }
    }
}
