using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Devices;

/// <summary>
/// The devices through which the guest's own file systems can be reached, such as the one that its root is on. No container may open one, whatever its spec
/// allows (CVE-2020-2023).
/// </summary>
/// <param name="Blocks">
/// Disks, their partitions, and what a mapper puts above or below any of them.
/// </param>
/// <param name="Characters">Devices that pass commands to those disks, such as <c>/dev/sg0</c>.</param>
internal sealed record GuestDisks(IReadOnlySet<DeviceNumber> Blocks, IReadOnlySet<DeviceNumber> Characters)
{
    private const int MaxDevices = 512;

    /// <summary>None: the guest is in memory.</summary>
    public static GuestDisks None { get; } = new(new HashSet<DeviceNumber>(), new HashSet<DeviceNumber>());

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Blocks.Count == 0;

    /// <summary>Those of the running guest. To be called before anything of the host's is mounted.</summary>
    /// <param name="ownsMachine">
    /// Whether this agent is process 1, so that all disks in use now are the guest's. The root may be an overlay that hides the disks it is made from: only
    /// that they are in use tells them from others.
    /// </param>
    /// <exception cref="KataException">ResourceExhausted: there are too many of them.</exception>
    public static GuestDisks OfGuest(bool ownsMachine)
    {
        using ConfinedDirectory root = ConfinedDirectory.Open("/");
        DeviceNumber device = FileAt.Status(root.Handle).Device;
        return Find(Sysfs.Guest, ownsMachine ? [device, .. InUse(Sysfs.Guest, IsBusy)] : [device]);
    }

    /// <summary>All devices that lead to some.</summary>
    /// <param name="sysfs">Where to look.</param>
    /// <param name="roots">Devices of file systems; those without a disk are passed over.</param>
    /// <exception cref="KataException">ResourceExhausted: there are too many of them.</exception>
    public static GuestDisks Find(Sysfs sysfs, IEnumerable<DeviceNumber> roots)
    {
        var blocks = new HashSet<DeviceNumber>();
        var characters = new HashSet<DeviceNumber>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>();
        foreach (DeviceNumber root in roots.Where(number => number.Major != 0)) // 0 is no device: in memory, shared, or made of others
        {
            blocks.Add(root);
            if (sysfs.Follow($"dev/block/{root}") is { } directory)
            {
                open.Enqueue(directory);
            }
        }

        while (open.TryDequeue(out string? next))
        {
            if (!seen.Add(next) || sysfs.ReadNumber($"{next}/dev") is not { } number)
            {
                continue;
            }

            blocks.Add(number);
            if (seen.Count > MaxDevices)
            {
                throw new KataException(ErrorCode.ResourceExhausted, $"the guest's own file systems are on more than {MaxDevices} devices");
            }

            Enqueue(sysfs, next, open);
            characters.UnionWith(PassThrough(sysfs, next));
        }

        return new GuestDisks(blocks, characters);
    }

    /// <summary>The disks that something holds for itself: a mounted file system, a mapper, swap space.</summary>
    /// <param name="sysfs">Where to look.</param>
    /// <param name="isBusy">Tells it of a node in /dev.</param>
    public static IEnumerable<DeviceNumber> InUse(Sysfs sysfs, Func<string, bool> isBusy)
    {
        foreach (string name in sysfs.List("class/block"))
        {
            if (sysfs.ReadNumber($"class/block/{name}/dev") is { } number && isBusy("/dev/" + name))
            {
                yield return number;
            }
        }
    }

    private static bool IsBusy(string node)
    {
        try
        {
            // Without O_CREAT it is the kernel's own lock on a device.
            Fd.Open(node, OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.Exclusive).Dispose();
            return false;
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ENXIO or Errno.ENODEV or Errno.ENOMEDIUM)
        {
            return false;
        }
        catch (LinuxException)
        {
            return true; // EBUSY; what cannot be told is not given away
        }
    }

    private static void Enqueue(Sysfs sysfs, string device, Queue<string> open)
    {
        if (sysfs.Exists($"{device}/partition"))
        {
            open.Enqueue(Path.GetDirectoryName(device)!);
        }

        foreach (string child in sysfs.List(device))
        {
            if (sysfs.Exists($"{device}/{child}/partition"))
            {
                open.Enqueue($"{device}/{child}");
            }
        }

        foreach (string relation in (ReadOnlySpan<string>)["slaves", "holders"])
        {
            foreach (string other in sysfs.List($"{device}/{relation}"))
            {
                if (sysfs.Follow($"{device}/{relation}/{other}") is { } directory)
                {
                    open.Enqueue(directory);
                }
            }
        }
    }

    // SCSI: the generic and the block-generic node beside the disk. NVMe: the controller's node and the generic one of the name space.
    private static IEnumerable<DeviceNumber> PassThrough(Sysfs sysfs, string disk)
    {
        if (sysfs.ReadNumber($"{disk}/device/dev") is { } controller)
        {
            yield return controller;
        }

        foreach (string kind in (string[])["scsi_generic", "bsg", string.Empty])
        {
            string directory = kind.Length > 0 ? $"{disk}/device/{kind}" : $"{disk}/device";
            foreach (string node in sysfs.List(directory).Where(node => kind.Length > 0 || node.StartsWith("ng", StringComparison.Ordinal)))
            {
                if (sysfs.ReadNumber($"{directory}/{node}/dev") is { } number)
                {
                    yield return number;
                }
            }
        }
    }
}
