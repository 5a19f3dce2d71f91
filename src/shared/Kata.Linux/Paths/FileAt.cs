
namespace Kata.Linux.Paths;

/// <summary>
/// Operations on one entry of a directory that is held open. The name is a single component and the entry itself is meant, never what a symbolic link
/// points to, so nobody who changes the tree meanwhile can redirect a call.
/// </summary>
public static unsafe class FileAt
{
    private const uint RenameNoReplaceFlag = 1; // RENAME_NOREPLACE
    private const uint RenameExchangeFlag = 2; // RENAME_EXCHANGE
    private const uint PermissionMask = 0xFFF;

    /// <summary>Opens an entry; a symbolic link is refused with ELOOP unless <see cref="OpenFlags.Path"/> asks for the link itself.</summary>
    /// <exception cref="LinuxException">As openat(2).</exception>
    public static Fd Open(Fd directory, string name, OpenFlags flags, uint mode = 0)
    {
        NativePath.RequireName(name);
        while (true)
        {
            int fd = PathCalls.OpenAt(directory, name, flags | OpenFlagsPerArchitecture.NoFollow | OpenFlags.CloseOnExec, mode);
            if (fd >= 0)
            {
                return new Fd(fd);
            }

            if (LinuxException.LastErrno() != Errno.EINTR)
            {
                throw LinuxException.FromLastError("openat", name);
            }
        }
    }

    /// <summary>Makes a directory.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="mode">Permission bits; the umask is taken off.</param>
    /// <exception cref="LinuxException">EEXIST: the name is taken. Others as mkdirat(2).</exception>
    public static void MakeDirectory(Fd directory, string name, uint mode = 0x1ED) =>
        Check(PathCalls.MkdirAt(directory, NativePath.RequireName(name), mode), "mkdirat", name);

    /// <summary>Makes a device, FIFO, socket or empty regular file.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="kind">What to make.</param>
    /// <param name="mode">Permission bits; the umask is taken off.</param>
    /// <param name="device">The number, for devices.</param>
    /// <exception cref="LinuxException">As mknodat(2).</exception>
    public static void MakeNode(Fd directory, string name, FileKind kind, uint mode, DeviceNumber device = default) =>
        Check(TryMakeNode(directory, name, kind, mode, device), "mknodat", name);

    /// <summary>Makes a device, FIFO, socket or empty regular file; an error is returned, not thrown.</summary>
    /// <returns>0 for success; EEXIST: the name is taken.</returns>
    /// <inheritdoc cref="MakeNode"/>
    public static Errno TryMakeNode(Fd directory, string name, FileKind kind, uint mode, DeviceNumber device = default) =>
        Result(PathCalls.MknodAt(directory, NativePath.RequireName(name), (uint)kind | (mode & PermissionMask), device.Encoded));

    /// <summary>Makes a symbolic link; an error is returned, not thrown.</summary>
    /// <returns>0 for success; EEXIST: the name is taken.</returns>
    public static Errno TryMakeSymbolicLink(string target, Fd directory, string name) =>
        Result(PathCalls.SymlinkAt(NativePath.Require(target), directory, NativePath.RequireName(name)));

    /// <summary>Makes a symbolic link.</summary>
    /// <exception cref="LinuxException">As symlinkat(2).</exception>
    public static void MakeSymbolicLink(string target, Fd directory, string name) =>
        Check(TryMakeSymbolicLink(target, directory, name), "symlinkat", name);

    /// <summary>Gives an entry a second name. A symbolic link is linked itself.</summary>
    /// <exception cref="LinuxException">As linkat(2).</exception>
    public static void MakeHardLink(Fd fromDirectory, string from, Fd toDirectory, string to) =>
        Check(PathCalls.LinkAt(fromDirectory, NativePath.RequireName(from), toDirectory, NativePath.RequireName(to), 0), "linkat", to);

    /// <summary>Removes a file, link or node.</summary>
    /// <exception cref="LinuxException">ENOENT: there is none. EISDIR: a directory. Others as unlinkat(2).</exception>
    public static void RemoveFile(Fd directory, string name) =>
        Check(PathCalls.UnlinkAt(directory, NativePath.RequireName(name), 0), "unlinkat", name);

    /// <summary>Removes an empty directory.</summary>
    /// <exception cref="LinuxException">ENOTEMPTY: not empty. EBUSY: something is mounted there. Others as unlinkat(2).</exception>
    public static void RemoveDirectory(Fd directory, string name) =>
        Check(PathCalls.UnlinkAt(directory, NativePath.RequireName(name), PathCalls.AtRemoveDirectory), "unlinkat", name);

    /// <summary>Renames an entry.</summary>
    /// <param name="fromDirectory">The directory it is in.</param>
    /// <param name="from">Its name there.</param>
    /// <param name="toDirectory">The directory it shall be in.</param>
    /// <param name="to">Its name there.</param>
    /// <param name="replace">Whether an entry of that name is replaced; else EEXIST.</param>
    /// <exception cref="LinuxException">As renameat2(2).</exception>
    public static void Rename(Fd fromDirectory, string from, Fd toDirectory, string to, bool replace = true) =>
        Check(
            PathCalls.RenameAt2(fromDirectory, NativePath.RequireName(from), toDirectory, NativePath.RequireName(to), replace ? 0 : RenameNoReplaceFlag),
            "renameat2",
            to);

    /// <summary>Swaps two entries in one step.</summary>
    /// <exception cref="LinuxException">ENOENT: one of them does not exist. Others as renameat2(2).</exception>
    public static void Exchange(Fd firstDirectory, string first, Fd secondDirectory, string second) =>
        Check(
            PathCalls.RenameAt2(firstDirectory, NativePath.RequireName(first), secondDirectory, NativePath.RequireName(second), RenameExchangeFlag),
            "renameat2",
            second);

    /// <summary>Changes owner and group.</summary>
    /// <param name="directory">Where the entry is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="user">The new owner; <see cref="uint.MaxValue"/> leaves it.</param>
    /// <param name="group">The new group; <see cref="uint.MaxValue"/> leaves it.</param>
    /// <exception cref="LinuxException">As fchownat(2).</exception>
    public static void ChangeOwner(Fd directory, string name, uint user, uint group) =>
        Check(PathCalls.ChownAt(directory, NativePath.RequireName(name), user, group, PathCalls.AtSymlinkNoFollow), "fchownat", name);

    /// <summary>Changes owner and group of an open file, O_PATH descriptors included.</summary>
    /// <exception cref="LinuxException">As fchownat(2).</exception>
    public static void ChangeOwner(Fd file, uint user, uint group) =>
        Check(PathCalls.ChownAt(file, string.Empty, user, group, PathCalls.AtEmptyPath), "fchownat", file.Value);

    /// <summary>Changes permission, set-id and sticky bits. Needs /proc.</summary>
    /// <exception cref="LinuxException">EOPNOTSUPP: it is a symbolic link, which has no permissions. Others as chmod(2).</exception>
    public static void ChangeMode(Fd directory, string name, uint mode)
    {
        using Fd file = Open(directory, name, OpenFlags.Path);
        ChangeMode(file, mode);
    }

    /// <summary>Changes permission, set-id and sticky bits of an open file, O_PATH descriptors included. Needs /proc.</summary>
    /// <exception cref="LinuxException">EOPNOTSUPP: it is a symbolic link. Others as chmod(2).</exception>
    public static void ChangeMode(Fd file, uint mode)
    {
        // fchmod refuses O_PATH descriptors and fchmodat2 is younger than our guest kernel. The magic link leads to the very file that is held.
        if (Status(file).Kind == FileKind.SymbolicLink)
        {
            throw new LinuxException("chmod", Errno.EOPNOTSUPP, "symbolic link");
        }

        Check(PathCalls.Chmod(file.ProcPath, mode & PermissionMask), "chmod", file.Value);
    }

    /// <summary>Sets the time of last change and, to the same value, of last access.</summary>
    /// <param name="directory">Where the entry is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="seconds">Seconds since 1970.</param>
    /// <param name="nanoseconds">0 to 999,999,999.</param>
    /// <exception cref="LinuxException">As utimensat(2).</exception>
    public static void SetTimes(Fd directory, string name, long seconds, uint nanoseconds = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nanoseconds, 999_999_999U);
        TimeSpec* times = stackalloc TimeSpec[2];
        times[0] = new TimeSpec { Seconds = seconds, Nanoseconds = nanoseconds };
        times[1] = times[0];
        Check(PathCalls.UtimensAt(directory, NativePath.RequireName(name), times, PathCalls.AtSymlinkNoFollow), "utimensat", name);
    }

    /// <summary>The text of a symbolic link.</summary>
    /// <exception cref="LinuxException">EINVAL: not a link. ENAMETOOLONG: longer than 4095 bytes. Others as readlinkat(2).</exception>
    public static string ReadLink(Fd directory, string name) => ReadLinkText(directory, NativePath.RequireName(name));

    /// <summary>The text of a symbolic link that is held with O_PATH.</summary>
    /// <inheritdoc cref="ReadLink(Fd, string)"/>
    public static string ReadLink(Fd link) => ReadLinkText(link, string.Empty);

    /// <summary>What an entry is; of a link, the link itself.</summary>
    /// <exception cref="LinuxException">ENOENT: there is none. Others as statx(2).</exception>
    public static FileStatus Status(Fd directory, string name) =>
        TryStatus(directory, name) ?? throw new LinuxException("statx", Errno.ENOENT, name);

    /// <summary>What an entry is, or null if there is none.</summary>
    /// <exception cref="LinuxException">As statx(2), ENOENT excepted.</exception>
    public static FileStatus? TryStatus(Fd directory, string name) => Statx(directory, NativePath.RequireName(name), PathCalls.AtSymlinkNoFollow);

    /// <summary>What an open file is, O_PATH descriptors included.</summary>
    /// <exception cref="LinuxException">As statx(2).</exception>
    public static FileStatus Status(Fd file) =>
        Statx(file, string.Empty, PathCalls.AtEmptyPath) ?? throw new LinuxException("statx", Errno.ENOENT, file.Value);

    /// <summary>What the kernel knows about an open file without asking whoever serves it over a network or from another process.</summary>
    /// <exception cref="LinuxException">As statx(2).</exception>
    public static FileStatus KnownStatus(Fd file) =>
        Statx(file, string.Empty, PathCalls.AtEmptyPath | PathCalls.AtStatxDontSync) ?? throw new LinuxException("statx", Errno.ENOENT, file.Value);

    /// <summary>What an open file is now, asked of whoever serves it even if the kernel has an answer that is still good.</summary>
    /// <exception cref="LinuxException">As statx(2).</exception>
    public static FileStatus FreshStatus(Fd file) =>
        Statx(file, string.Empty, PathCalls.AtEmptyPath | PathCalls.AtStatxForceSync) ?? throw new LinuxException("statx", Errno.ENOENT, file.Value);

    private static FileStatus? Statx(Fd directory, string name, int flags)
    {
        StatxRecord record = default;
        if (PathCalls.Statx(directory, name, flags | PathCalls.AtNoAutomount, PathCalls.StatxBasic | PathCalls.StatxMountId, &record) == 0)
        {
            return new FileStatus(record);
        }

        Errno error = LinuxException.LastErrno();
        return error == Errno.ENOENT ? null : throw new LinuxException("statx", error, name);
    }

    private static string ReadLinkText(Fd directory, string name)
    {
        byte* text = stackalloc byte[NativePath.MaxLength];
        nint length = PathCalls.ReadLinkAt(directory, name, text, NativePath.MaxLength);
        if (length < 0)
        {
            throw LinuxException.FromLastError("readlinkat", name);
        }

        return length < NativePath.MaxLength
            ? KernelText.Decode(new ReadOnlySpan<byte>(text, (int)length))
            : throw new LinuxException("readlinkat", Errno.ENAMETOOLONG, name);
    }

    private static Errno Result(int result) => result == 0 ? 0 : LinuxException.LastErrno();

    private static void Check(Errno error, string call, object subject)
    {
        if (error != 0)
        {
            throw new LinuxException(call, error, subject);
        }
    }

    private static void Check(int result, string call, object subject)
    {
        if (result != 0)
        {
            throw LinuxException.FromLastError(call, subject);
        }
    }
}
