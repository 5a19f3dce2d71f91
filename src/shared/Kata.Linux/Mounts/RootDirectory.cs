using Kata.Linux.Paths;

namespace Kata.Linux.Mounts;

/// <summary>Changes the root directory. The calling thread must own its file system attributes (CLONE_FS unshared) and mount namespace.</summary>
public static class RootDirectory
{
    /// <summary>Makes a mount the root and drops the old root, which must not be the initial ramfs. The working directory is the new root afterwards.</summary>
    /// <param name="newRoot">The root of a mount.</param>
    /// <exception cref="LinuxException">EINVAL: not a mount's root, or the present root is the initial ramfs. Others as pivot_root(2).</exception>
    public static void Pivot(Fd newRoot)
    {
        Check(MountCalls.ChangeDirectory(newRoot), "fchdir");

        // The old root ends up stacked on the new one, at the same place, and needs no directory of its own (pivot_root(2), NOTES).
        Check((int)MountCalls.PivotRoot(SystemCallNumbers.PivotRoot, ".", "."), "pivot_root");

        // Unmounts below the old root must not spread to where it came from.
        Mount.SetPropagation(".", MountFlags.Slave | MountFlags.Recursive);
        Check(MountCalls.Unmount(".", MountCalls.UnmountDetach), "umount2");
        Check(MountCalls.ChangeDirectory("/"), "chdir");
    }

    /// <summary>
    /// Moves a mount over the root and makes it the root: what is left where pivot_root(2) cannot work, on the initial ramfs. The old root stays below,
    /// unreachable by name.
    /// </summary>
    /// <param name="newRoot">The root of a mount.</param>
    /// <exception cref="LinuxException">As mount(2) with MS_MOVE and chroot(2).</exception>
    public static void MoveOver(string newRoot)
    {
        Check(MountCalls.ChangeDirectory(NativePath.Require(newRoot)), "chdir", newRoot);
        Mount.Move(".", "/");
        Check(MountCalls.ChangeRoot("."), "chroot");
        Check(MountCalls.ChangeDirectory("/"), "chdir");
    }

    private static void Check(int result, string call, object? subject = null)
    {
        if (result != 0)
        {
            throw LinuxException.FromLastError(call, subject);
        }
    }
}
