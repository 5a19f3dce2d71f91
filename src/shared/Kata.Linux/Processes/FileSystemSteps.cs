namespace Kata.Linux.Processes;

/// <summary>Steps that change what the new process sees of the file system, and its namespaces.</summary>
public static unsafe class FileSystemSteps
{
    private const long CurrentDirectory = -100; // AT_FDCWD
    private const long DetachMount = 2; // MNT_DETACH

    /// <summary>Enters a namespace. Entering a pid namespace only affects children: for that use <see cref="LaunchOptions.PidNamespace"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="target">A namespace file, or a pidfd.</param>
    /// <param name="kind">Which kind it must be; with a pidfd one or more.</param>
    public static ProcessProgram SetNamespace(this ProcessProgram program, Fd target, CloneFlags kind) => Of(program).Add(
        new ProgramStep($"enter the namespace ({kind.Name()})", SystemCallNumbers.SetNamespace) { Arguments = [0, (long)kind], Descriptor = target });

    /// <summary>Enters a namespace that is found by a path, as the child sees it at this point.</summary>
    /// <param name="program">The program.</param>
    /// <param name="path">A namespace file.</param>
    /// <param name="kind">Which kind it must be.</param>
    public static ProcessProgram SetNamespace(this ProcessProgram program, string path, CloneFlags kind)
    {
        int slot = Of(program).NewSlot();
        return program
            .Add(new ProgramStep($"open {path}", SystemCallNumbers.OpenAt)
            {
                Arguments = [CurrentDirectory, Text(program, path), (long)(OpenFlags.ReadOnly | OpenFlags.CloseOnExec)],
                StoreSlot = slot,
            })
            .Add(new ProgramStep($"enter the namespace ({kind.Name()})", SystemCallNumbers.SetNamespace) { Arguments = [0, (long)kind], LoadSlot = slot })
            .Add(new ProgramStep($"close {path}", SystemCallNumbers.Close) { Arguments = [0], LoadSlot = slot });
    }

    /// <summary>Makes new namespaces.</summary>
    public static ProcessProgram Unshare(this ProcessProgram program, CloneFlags kinds) =>
        Of(program).Raw($"make new namespaces ({kinds.Name()})", SystemCallNumbers.Unshare, (long)kinds);

    /// <summary>Sets the host name of the UTS namespace.</summary>
    public static ProcessProgram SetHostname(this ProcessProgram program, string name)
    {
        byte* text = Of(program).Arena.Text(name);
        return program.Raw($"set the host name to {name}", SystemCallNumbers.SetHostName, (long)text, Length(text));
    }

    /// <summary>Sets the NIS domain name of the UTS namespace.</summary>
    public static ProcessProgram SetDomainName(this ProcessProgram program, string name)
    {
        byte* text = Of(program).Arena.Text(name);
        return program.Raw($"set the domain name to {name}", SystemCallNumbers.SetDomainName, (long)text, Length(text));
    }

    /// <summary>Calls mount(2).</summary>
    /// <param name="program">The program.</param>
    /// <param name="source">The source, or null.</param>
    /// <param name="target">Where to; symbolic links are followed, so use it only on paths that nobody hostile has prepared.</param>
    /// <param name="type">The file system type, or null.</param>
    /// <param name="flags">Flags of mount(2).</param>
    /// <param name="data">The file system's own options, or null.</param>
    /// <param name="ignore">Errnos that do not matter.</param>
    public static ProcessProgram Mount(
        this ProcessProgram program, string? source, string target, string? type, ulong flags, string? data = null, params Errno[] ignore) =>
        Of(program).Add(new ProgramStep($"mount {target}", SystemCallNumbers.Mount)
        {
            Arguments = [Text(program, source), Text(program, target), Text(program, type), (long)flags, Text(program, data)],
            Ignore = ignore,
        });

    /// <summary>Calls umount2(2).</summary>
    /// <param name="program">The program.</param>
    /// <param name="target">What to unmount.</param>
    /// <param name="flags">Flags of umount2(2).</param>
    /// <param name="ignore">Errnos that do not matter.</param>
    public static ProcessProgram Unmount(this ProcessProgram program, string target, int flags, params Errno[] ignore) =>
        Of(program).Add(new ProgramStep($"unmount {target}", SystemCallNumbers.Unmount) { Arguments = [Text(program, target), flags], Ignore = ignore });

    /// <summary>
    /// Makes the working directory, which must be a mount point, the root, takes the old root away and moves to the new one. The mount namespace must be the
    /// child's own.
    /// </summary>
    public static ProcessProgram PivotRootHere(this ProcessProgram program)
    {
        long here = Text(Of(program), ".");

        // pivot_root(".", ".") stacks the old root on the new one, so that no directory for it is needed; see pivot_root(2).
        return program
            .Raw("pivot_root to the working directory", SystemCallNumbers.PivotRoot, here, here)
            .Raw("unmount the old root", SystemCallNumbers.Unmount, here, DetachMount)
            .ChangeDirectory("/");
    }

    /// <summary>Calls chroot(2). It does not move the working directory.</summary>
    public static ProcessProgram ChangeRoot(this ProcessProgram program, string path) =>
        Of(program).Raw($"chroot to {path}", SystemCallNumbers.ChangeRoot, Text(program, path));

    /// <summary>Changes the working directory.</summary>
    public static ProcessProgram ChangeDirectory(this ProcessProgram program, string path) =>
        Of(program).Raw($"change to the directory {path}", SystemCallNumbers.ChangeDirectory, Text(program, path));

    /// <summary>Changes the working directory to one that the parent has open.</summary>
    public static ProcessProgram ChangeDirectory(this ProcessProgram program, Fd directory) =>
        Of(program).Raw("change to an open directory", SystemCallNumbers.ChangeDirectoryFd, directory);

    /// <summary>
    /// Goes to the working directory once more by the absolute path it has. A directory outside the root, which a path through /proc or an inherited
    /// descriptor may have led to, has none: its text begins with "(unreachable)", so that the process ends up inside the root or fails (CVE-2024-21626).
    /// </summary>
    public static ProcessProgram RequireDirectoryInRoot(this ProcessProgram program)
    {
        const int MaxPath = 4096; // PATH_MAX
        byte* path = (byte*)Of(program).Arena.Allocate(MaxPath + 1);
        *path = (byte)'/'; // makes any text an absolute path; two slashes are one
        return program
            .Raw("find out the working directory", SystemCallNumbers.GetWorkingDirectory, (long)(path + 1), MaxPath)
            .Raw("change to the working directory by its path", SystemCallNumbers.ChangeDirectory, (long)path);
    }

    /// <summary>Opens an existing file for writing, writes to it once, and closes it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="path">The file, as the child sees it at this point.</param>
    /// <param name="bytes">What to write.</param>
    /// <param name="ignore">Errnos that do not matter. A file that does not open and may be ignored is left alone.</param>
    public static ProcessProgram WriteFile(this ProcessProgram program, string path, ReadOnlySpan<byte> bytes, params Errno[] ignore)
    {
        ArgumentNullException.ThrowIfNull(ignore);
        int slot = Of(program).NewSlot();

        // After an open that failed and was ignored, the slot holds a negative number: write and close then fail with EBADF.
        Errno[] after = ignore.Length == 0 ? [] : [.. ignore, Errno.EBADF];
        return program
            .Add(new ProgramStep($"open {path}", SystemCallNumbers.OpenAt)
            {
                Arguments = [CurrentDirectory, Text(program, path), (long)(OpenFlags.WriteOnly | OpenFlags.CloseOnExec | OpenFlags.NoControllingTerminal)],
                Ignore = ignore,
                StoreSlot = slot,
            })
            .Add(new ProgramStep($"write {path}", SystemCallNumbers.Write)
            {
                Arguments = [0, (long)program.Arena.Copy(bytes), bytes.Length],
                Ignore = after,
                LoadSlot = slot,
            })
            .Add(new ProgramStep($"close {path}", SystemCallNumbers.Close) { Arguments = [0], Ignore = after, LoadSlot = slot });
    }

    /// <summary>Writes once to a file that the parent has open.</summary>
    /// <param name="program">The program.</param>
    /// <param name="file">The file.</param>
    /// <param name="bytes">What to write.</param>
    /// <param name="ignore">Errnos that do not matter.</param>
    public static ProcessProgram WriteFile(this ProcessProgram program, Fd file, ReadOnlySpan<byte> bytes, params Errno[] ignore) => Of(program).Add(
        new ProgramStep("write to an open file", SystemCallNumbers.Write)
        {
            Arguments = [0, (long)program.Arena.Copy(bytes), bytes.Length],
            Descriptor = file,
            Ignore = ignore,
        });

    /// <summary>Moves the new process into a cgroup, of either version, before it does anything else.</summary>
    /// <param name="program">The program.</param>
    /// <param name="processes">The cgroup's <c>cgroup.procs</c>, open for writing.</param>
    public static ProcessProgram JoinCgroup(this ProcessProgram program, Fd processes) => Of(program).Add(
        new ProgramStep("join the cgroup", SystemCallNumbers.Write)
        {
            Arguments = [0, (long)program.Arena.Copy("0"u8), 1],
            Descriptor = processes,
        });

    /// <summary>Sets the file mode creation mask.</summary>
    public static ProcessProgram SetUmask(this ProcessProgram program, uint mask) =>
        Of(program).Raw("set the umask", SystemCallNumbers.SetMask, mask & 0x1ff);

    private static ProcessProgram Of(ProcessProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program;
    }

    private static long Text(ProcessProgram program, string? text) => text is null ? 0 : (long)program.Arena.Text(text);

    private static long Length(byte* text)
    {
        long length = 0;
        while (text[length] != 0)
        {
            length++;
        }

        return length;
    }
}
