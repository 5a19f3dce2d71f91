using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;

namespace Kata.Agent.Boot;

/// <summary>The file systems that PID 1 mounts, in two parts: what is needed to open the channel to the host, and the rest.</summary>
internal static class GuestMounts
{
    private const MountFlags Safe = MountFlags.NoSetId | MountFlags.NoDevices | MountFlags.NoExecute;
    private const string NewRoot = "/.root";

    /// <summary>
    /// Gives the root a mount that pivot_root can leave, as it cannot leave the initial ramfs; then mounts /proc, /sys and /dev.
    /// </summary>
    public static void MountEarly()
    {
        if (IsInitialRamfs())
        {
            Directory.CreateDirectory(NewRoot);
            Mount.Bind("/", NewRoot);
            RootDirectory.MoveOver(NewRoot);
        }

        MountAt("proc", "/proc", "proc", Safe);
        MountAt("sysfs", "/sys", "sysfs", Safe);
        MountAt("devtmpfs", "/dev", "devtmpfs", MountFlags.NoSetId, "mode=0755");
    }

    /// <summary>Mounts what containers need.</summary>
    public static void MountRest()
    {
        MountAt("tmpfs", "/dev/shm", "tmpfs", MountFlags.NoSetId | MountFlags.NoDevices);
        MountAt("devpts", "/dev/pts", "devpts", MountFlags.NoSetId | MountFlags.NoExecute, "ptmxmode=0666,mode=0620,gid=5");
        MountAt("tmpfs", "/run", "tmpfs", MountFlags.NoSetId | MountFlags.NoDevices, "mode=0755");
        MountAt("tmpfs", "/tmp", "tmpfs", MountFlags.NoSetId | MountFlags.NoDevices, "mode=1777");
        using Fd dev = Fd.Open("/dev", OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        if (FileAt.TryStatus(dev, "ptmx") is not null)
        {
            FileAt.RemoveFile(dev, "ptmx");
        }

        FileAt.MakeSymbolicLink("pts/ptmx", dev, "ptmx");
    }

    private static void MountAt(string source, string target, string type, MountFlags flags, string? data = null)
    {
        Directory.CreateDirectory(target);
        try
        {
            Mount.Attach(source, target, type, flags, data);
        }
        catch (LinuxException error) when (error.Errno == Errno.EBUSY)
        {
            // The kernel or an earlier stage has mounted it.
            return;
        }
    }

    // The kernel keeps the initial ramfs at device 0:2 or so, without a parent mount; an image is on a block device, whose major number is not 0.
    private static bool IsInitialRamfs()
    {
        using Fd root = Fd.Open("/", OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        return FileAt.Status(root).Device.Major == 0;
    }
}
