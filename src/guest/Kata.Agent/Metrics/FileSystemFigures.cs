using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;

namespace Kata.Agent.Metrics;

/// <summary>How full the guest's file systems are.</summary>
internal static class FileSystemFigures
{
    private const int MaxFileSystems = 128;
    private static readonly string[] Types = ["ext4", "xfs", "btrfs", "vfat", "overlay"];
    private static readonly string[] Labels = ["mount", "device", "item"];

    /// <summary>Writes <c>kata_guest_filesystem_bytes</c> and <c>kata_guest_filesystem_inodes</c>: each file system that has a disk and can be written, once.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="mounts">The guest's mounts.</param>
    public static void Add(PrometheusText text, IReadOnlyList<MountEntry> mounts)
    {
        var seen = new HashSet<DeviceNumber>();
        var spaces = new List<(MountEntry Mount, FileSystemSpace Space)>();
        foreach (MountEntry mount in mounts)
        {
            bool counts = Types.Contains(mount.FileSystemType) && !mount.SuperOptions.Split(',').Contains("ro");
            if (counts && spaces.Count < MaxFileSystems && seen.Add(mount.Device) && TryAsk(mount.MountPoint) is { } space)
            {
                spaces.Add((mount, space));
            }
        }

        text.Begin("kata_guest_filesystem_bytes", "gauge", "Space of the guest's file systems, in bytes.");
        foreach ((MountEntry mount, FileSystemSpace space) in spaces)
        {
            AddThree(text, mount, space.TotalBytes, space.FreeBytes);
        }

        text.Begin("kata_guest_filesystem_inodes", "gauge", "Inodes of the guest's file systems.");
        foreach ((MountEntry mount, FileSystemSpace space) in spaces)
        {
            AddThree(text, mount, space.TotalFiles, space.FreeFiles);
        }
    }

    private static void AddThree(PrometheusText text, MountEntry mount, ulong total, ulong free)
    {
        string device = mount.Source[(mount.Source.LastIndexOf('/') + 1)..];
        device = device.Length > 0 ? device : mount.Device.ToString();
        text.Add(Labels, [mount.MountPoint, device, "total"], total);
        text.Add(Labels, [mount.MountPoint, device, "used"], total - free);
        text.Add(Labels, [mount.MountPoint, device, "available"], free);
    }

    private static FileSystemSpace? TryAsk(string path)
    {
        try
        {
            using Fd file = Fd.Open(path, OpenFlags.Path);
            return FileSystemSpace.Of(file);
        }
        catch (LinuxException)
        {
            return null; // covered by another mount, or gone meanwhile
        }
    }
}
