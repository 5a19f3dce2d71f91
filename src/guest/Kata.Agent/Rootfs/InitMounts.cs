using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Processes;

namespace Kata.Agent.Rootfs;

/// <summary>
/// The part of a root file system that only the container's first process can make: procfs shows the pid namespace of the process that mounts it, and the
/// root changes after the hooks that still see the guest's. Everything is done in the order of the lists, by the child between clone and execve.
/// </summary>
internal sealed class InitMounts : IDisposable
{
    /// <summary>The container's root.</summary>
    public required Fd Root { get; init; }

    /// <summary>Mounts of procfs.</summary>
    public List<ProcMount> Proc { get; } = [];

    /// <summary>Bind mounts over files of procfs, prepared as detached mounts; targets are relative to the root.</summary>
    public List<(DetachedMount Mount, string Target)> OverProc { get; } = [];

    /// <summary>Paths below /proc that are made read-only, relative to the root.</summary>
    public List<string> ReadOnly { get; } = [];

    /// <summary>Paths below /proc that are hidden, relative to the root.</summary>
    public List<string> Masked { get; } = [];

    /// <summary>The container's /dev/null, verified, to hide files with; null when nothing is to be hidden.</summary>
    public Fd? NullDevice { get; set; }

    /// <summary>Mounts that become read-only when hooks have had their turn.</summary>
    public List<Fd> BecomeReadOnly { get; } = [];

    /// <summary>How mounts spread between the root and where it came from; none leaves it.</summary>
    public MountFlags RootPropagation { get; set; }

    /// <summary>Adds the mounts to a program; the working directory is the container's root afterwards, and the root still the guest's.</summary>
    public void AddTo(ProcessProgram program)
    {
        const ulong Bind = (ulong)(MountFlags.Bind | MountFlags.Recursive);
        const ulong Locked = (ulong)(MountFlags.Bind | MountFlags.Remount | MountFlags.ReadOnly | MountFlags.NoSetId | MountFlags.NoDevices | MountFlags.NoExecute);
        foreach (ProcMount proc in Proc)
        {
            program.ChangeDirectory(proc.Target).Mount("proc", ".", "proc", (ulong)proc.Flags, proc.Data);
        }

        program.ChangeDirectory(Root);
        foreach ((DetachedMount mount, string target) in OverProc)
        {
            program.AttachMount(mount, target);
        }

        foreach (string path in ReadOnly)
        {
            program.Mount(path, path, type: null, Bind, data: null, Errno.ENOENT, Errno.ENOTDIR);
            program.Mount(source: null, path, type: null, Locked, data: null, Errno.ENOENT, Errno.ENOTDIR);
        }

        if (NullDevice is not { } device)
        {
            return;
        }

        // Whether a path is a file or a directory shows only here: the mount of the wrong kind changes nothing and fails, a file over a directory with
        // EINVAL, a directory over a file with ENOTDIR.
        const ulong Empty = (ulong)(MountFlags.ReadOnly | MountFlags.NoSetId | MountFlags.NoDevices | MountFlags.NoExecute);
        foreach (string path in Masked)
        {
            program.BindFrom(device, path, Errno.ENOENT, Errno.ENOTDIR, Errno.EINVAL);
            program.Mount("tmpfs", path, "tmpfs", Empty, "size=0k", Errno.ENOENT, Errno.ENOTDIR);
        }
    }

    /// <summary>Adds the change of root to a program, and what comes after it.</summary>
    public void AddPivotTo(ProcessProgram program)
    {
        program.ChangeDirectory(Root).PivotRootHere();
        foreach (Fd mount in BecomeReadOnly)
        {
            program.SetMountAttributes(mount, MountAttributes.ReadOnly);
        }

        if (RootPropagation != MountFlags.None)
        {
            program.Mount(source: null, "/", type: null, (ulong)RootPropagation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NullDevice?.Dispose();
        foreach (ProcMount proc in Proc)
        {
            proc.Target.Dispose();
        }

        foreach ((DetachedMount mount, _) in OverProc)
        {
            mount.Dispose();
        }

        foreach (Fd mount in BecomeReadOnly)
        {
            mount.Dispose();
        }
    }

    /// <summary>One mount of procfs.</summary>
    /// <param name="Target">A directory of the container.</param>
    /// <param name="Flags">Flags of mount(2).</param>
    /// <param name="Data">Options of procfs.</param>
    internal sealed record ProcMount(Fd Target, MountFlags Flags, string? Data);
}
