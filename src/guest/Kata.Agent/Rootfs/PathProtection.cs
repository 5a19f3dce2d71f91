using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Rootfs;

/// <summary>Hides paths of a container and makes others read-only. What is below /proc is left to the first process.</summary>
internal static class PathProtection
{
    /// <summary>Protects paths outside /proc and notes those below it.</summary>
    /// <exception cref="KataException">FailedPrecondition: the container's /dev/null is not the null device.</exception>
    public static void Apply(ConfinedDirectory root, IReadOnlyList<string> masked, IReadOnlyList<string> readOnly, InitMounts forInit)
    {
        foreach (string path in readOnly)
        {
            string clean = ProcMountRules.Clean(path);
            if (ProcMountRules.Covers(clean))
            {
                forInit.ReadOnly.Add(clean[1..]);
            }
            else
            {
                MakeReadOnly(root, clean);
            }
        }

        if (masked.Count == 0)
        {
            return;
        }

        forInit.NullDevice = OpenNullDevice(root);
        foreach (string path in masked)
        {
            string clean = ProcMountRules.Clean(path);
            if (ProcMountRules.Covers(clean))
            {
                forInit.Masked.Add(clean[1..]);
            }
            else
            {
                Mask(root, clean, forInit.NullDevice);
            }
        }
    }

    private static void MakeReadOnly(ConfinedDirectory root, string path)
    {
        using Fd? target = TryOpen(root, path);
        if (target is not null)
        {
            Linux.Mounts.Mount.BindReadOnly(target, target, recursive: true);
        }
    }

    private static void Mask(ConfinedDirectory root, string path, Fd nullDevice)
    {
        using Fd? target = TryOpen(root, path);
        if (target is null)
        {
            return;
        }

        if (FileAt.Status(target).IsDirectory)
        {
            Linux.Mounts.Mount.Attach("tmpfs", target, "tmpfs", MountFlags.ReadOnly | MountFlags.NoSetId | MountFlags.NoDevices | MountFlags.NoExecute, "size=0k");
        }
        else
        {
            using DetachedMount mount = DetachedMount.Clone(nullDevice, recursive: false);
            mount.AttachTo(target);
        }
    }

    private static Fd? TryOpen(ConfinedDirectory root, string path)
    {
        try
        {
            return root.TryOpen(path, OpenFlags.Path);
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOTDIR)
        {
            return null; // a parent is a file, so there is nothing to protect
        }
    }

    // An image that plants something else as /dev/null would make masking show that instead (CVE-2025-31133).
    private static Fd OpenNullDevice(ConfinedDirectory root)
    {
        Fd device = root.Open("/dev/null", OpenFlags.Path | OpenFlagsPerArchitecture.NoFollow);
        FileStatus status = FileAt.Status(device);
        if (status.Kind == FileKind.CharacterDevice && status.Represents == new DeviceNumber(1, 3))
        {
            return device;
        }

        device.Dispose();
        throw new KataException(ErrorCode.FailedPrecondition, "cannot mask paths: /dev/null of the container is not the null device");
    }
}
