using Kata.Agent.Containers;
using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Rootfs;

/// <summary>Fills /dev of a container: the devices every container has, those of its spec, and the usual links.</summary>
internal static class DeviceNodes
{
    private const uint DefaultMode = 0x1B6; // 0666

    private static readonly (string Name, uint Major, uint Minor)[] Defaults =
        [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

    private static readonly (string Name, string Target)[] Links =
        [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx")];

    /// <summary>Makes the nodes and links.</summary>
    /// <param name="root">The container's root.</param>
    /// <param name="devices">The devices of the spec.</param>
    /// <param name="ids">Who the owners of the spec are in the guest.</param>
    /// <exception cref="KataException">InvalidArgument: a device of the spec is not one, or not below /dev.</exception>
    /// <exception cref="LinuxException">A node could not be made.</exception>
    public static void Create(ConfinedDirectory root, IEnumerable<LinuxDevice> devices, IdMaps ids)
    {
        uint user = ids.User(0);
        uint group = ids.Group(0);
        foreach ((string name, uint major, uint minor) in Defaults)
        {
            Make(root, "/dev/" + name, FileKind.CharacterDevice, new DeviceNumber(major, minor), DefaultMode, user, group);
        }

        foreach (LinuxDevice device in devices)
        {
            Make(root, device, ids);
        }

        using Fd dev = root.CreateDirectories("/dev");
        foreach ((string name, string target) in Links)
        {
            if (FileAt.TryStatus(dev, name) is null)
            {
                FileAt.MakeSymbolicLink(target, dev, name);
            }
        }

        if (FileAt.TryStatus(dev, "core") is null && File.Exists("/proc/kcore"))
        {
            FileAt.MakeSymbolicLink("/proc/kcore", dev, "core");
        }
    }

    private static void Make(ConfinedDirectory root, LinuxDevice device, IdMaps ids)
    {
        string path = ProcMountRules.Clean(device.Path);
        if (!path.StartsWith("/dev/", StringComparison.Ordinal) || device.Path.Contains("..", StringComparison.Ordinal))
        {
            throw KataException.Invalid($"device {Printable.Escape(device.Path, 128)}: only paths below /dev can be made");
        }

        FileKind kind = device.Type switch
        {
            "c" or "u" => FileKind.CharacterDevice,
            "b" => FileKind.BlockDevice,
            "p" => FileKind.Fifo,
            _ => throw KataException.Invalid($"device {path}: the type '{Printable.Escape(device.Type, 16)}' is not c, u, b or p"),
        };
        if (device.Major is < 0 or > 0xfff || device.Minor is < 0 or > 0xfffff)
        {
            throw KataException.Invalid($"device {path}: {device.Major}:{device.Minor} is no device number");
        }

        uint mode = device.FileMode == 0 ? DefaultMode : device.FileMode & 0xfff;
        Make(root, path, kind, new DeviceNumber((uint)device.Major, (uint)device.Minor), mode, ids.User(device.UID), ids.Group(device.GID));
    }

    private static void Make(ConfinedDirectory root, string path, FileKind kind, DeviceNumber number, uint mode, uint user, uint group)
    {
        (Fd parent, string name) = root.OpenParent(path, create: true);
        using (parent)
        {
            if (FileAt.TryStatus(parent, name) is { } existing)
            {
                if (existing.Kind == kind && (kind == FileKind.Fifo || existing.Represents == number))
                {
                    return;
                }

                if (existing.IsDirectory || existing.IsMountRoot)
                {
                    throw KataException.Invalid($"device {path}: something else is there already");
                }

                FileAt.RemoveFile(parent, name);
            }

            try
            {
                FileAt.MakeNode(parent, name, kind, mode, number);
            }
            catch (LinuxException error) when (error.Errno is Errno.EPERM or Errno.EACCES)
            {
                // A shared file system may forbid device nodes; the guest's own node shows through instead.
                BindFromGuest(root, path, kind, number, error);
                return;
            }

            FileAt.ChangeMode(parent, name, mode);
            FileAt.ChangeOwner(parent, name, user, group);
        }
    }

    private static void BindFromGuest(ConfinedDirectory root, string path, FileKind kind, DeviceNumber number, LinuxException cause)
    {
        using ConfinedDirectory guest = ConfinedDirectory.Open("/");
        using Fd? node = guest.TryOpen(path, OpenFlags.Path);
        if (node is null || FileAt.Status(node) is var status && (status.Kind != kind || status.Represents != number))
        {
            throw cause;
        }

        using Fd target = root.CreateFile(path);
        using DetachedMount mount = DetachedMount.Clone(node, recursive: false);
        mount.AttachTo(target);
    }
}
