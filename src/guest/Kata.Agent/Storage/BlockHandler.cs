using Kata.Agent.Devices;
using Kata.Linux.Paths;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Mounts file systems on disks that the host plugged: virtio-blk by PCI path, node or serial, virtio-mmio, SCSI, and persistent memory.</summary>
internal sealed class BlockHandler(GuestDevices devices) : IStorageHandler
{
    private const string SerialPrefix = "serial=";
    private const int MaxFileSystems = 64 * 1024;

    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["blk", "mmioblk", "scsi", "nvdimm"];

    /// <inheritdoc/>
    public MakeStorage Plan(StorageRequest storage, string? containerId)
    {
        RefuseDriverOptions(storage);
        FileSystemPlan plan = FileSystemPlan.From(storage, storage.Fstype, new StorageOptions(storage.Options));
        RequireDisks(storage);
        Func<CancellationToken, Task<DeviceNode>> find = Finder(storage);
        return async token => plan.Mount((await find(token).ConfigureAwait(false)).Path);
    }

    // A type that needs no device would be mounted, and the disk not be looked at.
    private static void RequireDisks(StorageRequest storage)
    {
        string known = BoundedFile.ReadText("/proc/filesystems", MaxFileSystems);
        if (known.Split('\n').Contains("nodev\t" + storage.Fstype))
        {
            throw KataException.Invalid($"storage driver {storage.Driver}: a file system of type '{storage.Fstype}' is not on a disk");
        }
    }

    private static void RefuseDriverOptions(StorageRequest storage)
    {
        if (storage.DriverOptions.Count > 0)
        {
            throw KataException.Unsupported(
                $"storage driver {storage.Driver}: driver option '{Printable.Escape(storage.DriverOptions[0], 128)}' is not supported: this guest neither formats nor encrypts disks");
        }
    }

    private Func<CancellationToken, Task<DeviceNode>> Finder(StorageRequest storage)
    {
        string source = storage.Source;
        if (storage.Driver == "scsi")
        {
            var address = ScsiAddress.Parse(source);
            return token => devices.FindBlockAsync(address, token);
        }

        if (storage.Driver != "blk" || source.StartsWith("/dev", StringComparison.Ordinal))
        {
            string name = GuestDevices.RequireNodeName(source);
            return storage.Driver == "nvdimm" && !name.StartsWith("pmem", StringComparison.Ordinal)
                ? throw KataException.Invalid($"storage driver nvdimm: {source} is no persistent memory device /dev/pmemN")
                : token => devices.FindBlockAsync(source, token);
        }

        if (source.StartsWith(SerialPrefix, StringComparison.Ordinal))
        {
            return token => devices.FindBlockBySerialAsync(source[SerialPrefix.Length..], token);
        }

        var path = PciPath.Parse(source);
        return token => devices.FindBlockAsync(path, token);
    }
}
