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

    private static readonly Lazy<bool> HasKernelCore = new(() => File.Exists("/proc/kcore"));

    /// <summary>Makes the nodes and links. The thread's <see cref="CreationMask"/> should be 0, or each node takes more calls.</summary>
    /// <param name="root">The container's root.</param>
    /// <param name="devices">The devices of the spec.</param>
    /// <param name="ids">Who the owners of the spec are in the guest.</param>
    /// <exception cref="KataException">InvalidArgument: a device of the spec is not one, or not below /dev.</exception>
    /// <exception cref="LinuxException">A node could not be made.</exception>
    public static void Create(ConfinedDirectory root, IEnumerable<LinuxDevice> devices, IdMaps ids)
    {
        uint user = ids.User(0);
        uint group = ids.Group(0);
        using Fd dev = root.CreateDirectories("/dev");
        bool asAsked = false;
        foreach ((string name, uint major, uint minor) in Defaults)
        {
            // Where one came out as it should, the others do, made the same way in the same directory.
            asAsked = Make(root, dev, new Node("/dev/" + name, name, FileKind.CharacterDevice, new DeviceNumber(major, minor), DefaultMode, user, group), asAsked);
        }

        foreach (LinuxDevice device in devices)
        {
            Make(root, device, ids);
        }

        foreach ((string name, string target) in Links)
        {
            MakeLink(target, dev, name);
        }

        if (HasKernelCore.Value)
        {
            MakeLink("/proc/kcore", dev, "core");
        }
    }

    private static void MakeLink(string target, Fd directory, string name)
    {
        if (FileAt.TryMakeSymbolicLink(target, directory, name) is var error and not (0 or Errno.EEXIST))
        {
            throw new LinuxException("symlinkat", error, name);
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
        var number = new DeviceNumber((uint)device.Major, (uint)device.Minor);
        (Fd parent, string name) = root.OpenParent(path, create: true);
        using (parent)
        {
            Make(root, parent, new Node(path, name, kind, number, mode, ids.User(device.UID), ids.Group(device.GID)));
        }
    }

    /// <returns>Whether it was made, and had owner and mode at once.</returns>
    private static bool Make(ConfinedDirectory root, Fd parent, Node node, bool asAsked = false)
    {
        Errno error = TryMake(parent, node);
        if (error == 0 && asAsked)
        {
            return true;
        }

        if (error == Errno.EEXIST)
        {
            if (IsThere(parent, node))
            {
                return asAsked;
            }

            error = TryMake(parent, node);
        }

        if (error is Errno.EPERM or Errno.EACCES)
        {
            // A shared file system may forbid device nodes; the guest's own node shows through instead.
            BindFromGuest(root, node.Path, node.Kind, node.Number, new LinuxException("mknodat", error, node.Name));
            return false;
        }

        if (error != 0)
        {
            throw new LinuxException("mknodat", error, node.Name);
        }

        FileStatus made = FileAt.Status(parent, node.Name);
        bool isOwned = made.UserId == node.User && made.GroupId == node.Group;
        if (!isOwned)
        {
            FileAt.ChangeOwner(parent, node.Name, node.User, node.Group);
        }

        bool isRight = isOwned && made.Permissions == node.Mode;
        if (!isRight)
        {
            FileAt.ChangeMode(parent, node.Name, node.Mode); // after the owner, whose change takes set-id bits away
        }

        return isRight;
    }

    private static Errno TryMake(Fd parent, Node node) => FileAt.TryMakeNode(parent, node.Name, node.Kind, node.Mode, node.Number);

    // Of something else that is in its place, the place is cleared.
    private static bool IsThere(Fd parent, Node node)
    {
        if (FileAt.TryStatus(parent, node.Name) is not { } existing)
        {
            return false;
        }

        if (existing.Kind == node.Kind && (node.Kind == FileKind.Fifo || existing.Represents == node.Number))
        {
            return true;
        }

        if (existing.IsDirectory || existing.IsMountRoot)
        {
            throw KataException.Invalid($"device {node.Path}: something else is there already");
        }

        FileAt.RemoveFile(parent, node.Name);
        return false;
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

    private readonly record struct Node(string Path, string Name, FileKind Kind, DeviceNumber Number, uint Mode, uint User, uint Group);
}
