using Kata.Linux.Paths;

namespace Kata.Agent.Devices;

/// <summary>
/// The block devices through which the guest's own root file system can be reached: the one it is on, the disk that is a part of, the disk's other
/// partitions, and what a mapper puts above or below any of them. No container may open one, whatever its spec allows (CVE-2020-2023).
/// </summary>
internal static class RootDisk
{
    private const int MaxDevices = 256;

    private static readonly Lazy<IReadOnlyCollection<DeviceNumber>> OfGuest = new(() => Find(Sysfs.Guest, OfRoot()));

    /// <summary>The devices of this guest; none when the root file system is in memory.</summary>
    public static IReadOnlyCollection<DeviceNumber> Numbers => OfGuest.Value;

    /// <summary>All devices that lead to one.</summary>
    public static IReadOnlyCollection<DeviceNumber> Find(Sysfs sysfs, DeviceNumber root)
    {
        var found = new HashSet<DeviceNumber>();
        if (root.Major == 0)
        {
            return found; // no device: a file system in memory, or a shared one
        }

        found.Add(root);
        var open = new Queue<string>();
        if (sysfs.Follow($"dev/block/{root}") is { } directory)
        {
            open.Enqueue(directory);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryDequeue(out string? next) && found.Count < MaxDevices)
        {
            if (seen.Add(next) && sysfs.ReadNumber($"{next}/dev") is { } number)
            {
                found.Add(number);
                Enqueue(sysfs, next, open);
            }
        }

        return found;
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

    private static DeviceNumber OfRoot()
    {
        using ConfinedDirectory root = ConfinedDirectory.Open("/");
        return FileAt.Status(root.Handle).Device;
    }
}
