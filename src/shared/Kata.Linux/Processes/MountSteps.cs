using Kata.Linux.Mounts;

namespace Kata.Linux.Processes;

/// <summary>Steps that attach mounts which are held by descriptors, so that no source path is looked up in the new process's namespace.</summary>
public static unsafe class MountSteps
{
    private const long SysOpenTree = 428; // the same on x86-64 and arm64
    private const long SysMoveMount = 429;
    private const long CurrentDirectory = -100; // AT_FDCWD
    private const long CloneTree = 1 | 0x80000 | 0x1000; // OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH
    private const long FromEmptyPath = 4; // MOVE_MOUNT_F_EMPTY_PATH

    /// <summary>Attaches a detached mount.</summary>
    /// <param name="program">The program.</param>
    /// <param name="mount">The mount; used up when the child runs.</param>
    /// <param name="target">Where, as the child sees it at this point.</param>
    /// <param name="ignore">Errnos that do not matter.</param>
    public static ProcessProgram AttachMount(this ProcessProgram program, DetachedMount mount, string target, params Errno[] ignore)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(mount);
        return program.Add(new ProgramStep($"mount {target}", SysMoveMount)
        {
            Arguments = [0, Text(program, string.Empty), CurrentDirectory, Text(program, target), FromEmptyPath],
            Descriptor = mount.Tree,
            Ignore = ignore,
        });
    }

    /// <summary>Bind-mounts what a descriptor holds; it must be in the mount namespace that the child is in by then.</summary>
    /// <param name="program">The program.</param>
    /// <param name="source">A file or directory; O_PATH is enough.</param>
    /// <param name="target">Where, as the child sees it at this point.</param>
    /// <param name="ignore">Errnos of the attaching that do not matter.</param>
    public static ProcessProgram BindFrom(this ProcessProgram program, Fd source, string target, params Errno[] ignore)
    {
        ArgumentNullException.ThrowIfNull(program);
        int slot = program.NewSlot();
        return program
            .Add(new ProgramStep($"copy the mount for {target}", SysOpenTree)
            {
                Arguments = [0, Text(program, string.Empty), CloneTree],
                Descriptor = source,
                StoreSlot = slot,
            })
            .Add(new ProgramStep($"mount over {target}", SysMoveMount)
            {
                Arguments = [0, Text(program, string.Empty), CurrentDirectory, Text(program, target), FromEmptyPath],
                LoadSlot = slot,
                Ignore = ignore,
            });
    }

    /// <summary>Sets attributes of a mount.</summary>
    /// <param name="program">The program.</param>
    /// <param name="mount">The mount's root, in the mount namespace that the child is in by then; O_PATH is enough.</param>
    /// <param name="set">Attributes to set; no mode of access times.</param>
    public static ProcessProgram SetMountAttributes(this ProcessProgram program, Fd mount, MountAttributes set)
    {
        ArgumentNullException.ThrowIfNull(program);
        var record = (MountAttributeRecord*)program.Arena.Allocate(sizeof(MountAttributeRecord));
        record->Set = (ulong)set;
        return program.Add(new ProgramStep($"set the attributes 0x{(ulong)set:x} of a mount", SystemCallNumbers.MountSetAttributes)
        {
            Arguments = [0, Text(program, string.Empty), MountCalls.AtEmptyPath, (long)record, sizeof(MountAttributeRecord)],
            Descriptor = mount,
        });
    }

    private static long Text(ProcessProgram program, string text) => (long)program.Arena.Text(text);
}
