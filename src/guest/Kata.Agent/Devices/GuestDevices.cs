using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Devices;

/// <summary>
/// Finds devices that the host plugged: those that are there, and those that will be within the time allowed. Remembers none of them, so a device that was
/// unplugged is forgotten and another in its place is found. Safe for concurrent use.
/// </summary>
internal sealed class GuestDevices(Sysfs sysfs, TimeSpan timeout, TimeProvider time)
{
    private readonly DeviceWait _wait = new(timeout, time);
    private readonly PciBus _pci = new(sysfs);
    private VfioBinder? _vfio;

    /// <summary>What is known about devices.</summary>
    public Sysfs Sysfs => sysfs;

    /// <summary>Gives devices to VFIO, and remembers how many containers have each.</summary>
    public VfioBinder Vfio => LazyInitializer.EnsureInitialized(ref _vfio, () => new VfioBinder(this, timeout, time));

    /// <summary>Waits for anything that a device makes possible, such as the mount of a shared file system.</summary>
    /// <inheritdoc cref="DeviceWait.ForAsync"/>
    public Task<T> WaitAsync<T>(string what, Look<T> look, CancellationToken cancellationToken)
        where T : class => _wait.ForAsync(what, look, cancellationToken);

    /// <summary>Waits for a PCI device.</summary>
    /// <returns>Its directory below sysfs, whose last component is its address.</returns>
    /// <exception cref="KataException">DeadlineExceeded: it did not appear in time.</exception>
    public Task<string> FindPciAsync(PciPath path, CancellationToken cancellationToken) =>
        _wait.ForAsync($"PCI device at path {path}", (out string missing) => _pci.TryFind(path, out missing), cancellationToken);

    /// <summary>Waits for the disk of a virtio PCI device; a vhost-user-blk device is one too.</summary>
    /// <exception cref="KataException">DeadlineExceeded: it did not appear in time.</exception>
    public Task<DeviceNode> FindBlockAsync(PciPath path, CancellationToken cancellationToken) => _wait.ForAsync(
        $"block device at PCI path {path}",
        (out string missing) => _pci.TryFind(path, out missing) is { } device && Below(device, out missing) is { } block
            ? Usable(block.Directory, block.Name, out missing)
            : null,
        cancellationToken);

    /// <summary>Waits for a disk on a SCSI host, after asking every host to look for it.</summary>
    /// <exception cref="KataException">DeadlineExceeded: it did not appear in time.</exception>
    public Task<DeviceNode> FindBlockAsync(ScsiAddress address, CancellationToken cancellationToken)
    {
        var asked = new HashSet<string>(StringComparer.Ordinal);
        return _wait.ForAsync(
            $"SCSI disk {address}",
            (out string missing) =>
            {
                foreach (string host in sysfs.List("class/scsi_host"))
                {
                    if (asked.Add(host))
                    {
                        sysfs.Write($"class/scsi_host/{host}/scan", $"0 {address.Target} {address.Lun}");
                    }
                }

                return OnScsiHost(address, asked.Count, out missing);
            },
            cancellationToken);
    }

    /// <summary>Waits for a block device by its node: virtio-mmio and persistent memory have no address, only a name.</summary>
    /// <param name="node">The node: <c>/dev/vdb</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">InvalidArgument: no node of a block device. DeadlineExceeded: it did not appear in time.</exception>
    public Task<DeviceNode> FindBlockAsync(string node, CancellationToken cancellationToken)
    {
        string name = RequireNodeName(node);
        return _wait.ForAsync(
            $"block device {node}",
            (out string missing) => sysfs.Exists($"class/block/{name}")
                ? Usable($"class/block/{name}", name, out missing)
                : Nothing<DeviceNode>($"the guest has no block device {name}", out missing),
            cancellationToken);
    }

    /// <summary>Waits for a virtio disk by the serial that the VMM gave it.</summary>
    /// <param name="serial">1 to 20 characters.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">InvalidArgument: no serial. DeadlineExceeded: it did not appear in time.</exception>
    public Task<DeviceNode> FindBlockBySerialAsync(string serial, CancellationToken cancellationToken)
    {
        const int most = 20; // VIRTIO_BLK_ID_BYTES
        if (serial.Length is 0 or > most)
        {
            throw KataException.Invalid($"'{Printable.Escape(serial, 32)}' is no serial of a virtio disk: those have 1 to {most} characters");
        }

        return _wait.ForAsync(
            $"block device with serial {Printable.Escape(serial, most)}",
            (out string missing) =>
            {
                string? name = sysfs.List("block").FirstOrDefault(candidate => sysfs.Read($"block/{candidate}/serial") == serial);
                return name is null ? Nothing<DeviceNode>("no block device has it", out missing) : Usable($"block/{name}", name, out missing);
            },
            cancellationToken);
    }

    /// <summary>Waits for a device of a VFIO request.</summary>
    /// <returns>Its directory below sysfs, whose last component is its name: the PCI address, or the UUID of a mediated device.</returns>
    /// <exception cref="KataException">DeadlineExceeded: it did not appear in time.</exception>
    public Task<string> FindVfioDeviceAsync(VfioDevice device, CancellationToken cancellationToken) => device.GuestPath is { } path
        ? FindPciAsync(path, cancellationToken)
        : _wait.ForAsync(
            $"mediated device {device.GuestUuid}",
            (out string missing) =>
            {
                string directory = $"bus/mdev/devices/{device.GuestUuid}";
                bool isThere = sysfs.Exists(directory);
                missing = isThere ? "it is there, but no driver has taken it" : "the guest's kernel has no such device";
                return isThere && sysfs.LinkName($"{directory}/driver") is not null ? directory : null;
            },
            cancellationToken);

    /// <summary>Waits for the node of a VFIO group.</summary>
    /// <exception cref="KataException">DeadlineExceeded: it did not appear in time.</exception>
    public Task<DeviceNode> FindVfioGroupAsync(string group, CancellationToken cancellationToken) => _wait.ForAsync(
        $"VFIO group {group}",
        (out string missing) =>
        {
            missing = $"there is no node of group {group} in /dev/vfio";
            return sysfs.Node($"class/vfio/{group}", $"vfio/{group}", FileKind.CharacterDevice)
                ?? sysfs.Node($"class/vfio/noiommu-{group}", $"vfio/noiommu-{group}", FileKind.CharacterDevice);
        },
        cancellationToken);

    /// <summary>The name in <c>/dev/NAME</c>.</summary>
    /// <exception cref="KataException">InvalidArgument: the text is no node directly below /dev.</exception>
    public static string RequireNodeName(string node)
    {
        const string prefix = "/dev/";
        return node.StartsWith(prefix, StringComparison.Ordinal) && Sysfs.IsName(node[prefix.Length..])
            ? node[prefix.Length..]
            : throw KataException.Invalid($"'{Printable.Escape(node, 128)}' is no device directly below /dev");
    }

    private static T? Nothing<T>(string why, out string missing)
        where T : class
    {
        missing = why;
        return null;
    }

    // The driver of virtio disks makes …/virtioN/block/NAME.
    private (string Directory, string Name)? Below(string pci, out string missing)
    {
        foreach (string child in sysfs.List(pci))
        {
            if (child.StartsWith("virtio", StringComparison.Ordinal) && sysfs.List($"{pci}/{child}/block") is [string name, ..])
            {
                missing = string.Empty;
                return ($"{pci}/{child}/block/{name}", name);
            }
        }

        missing = $"the device {Path.GetFileName(pci)} is there, but no virtio driver has made a block device of it";
        return null;
    }

    private DeviceNode? OnScsiHost(ScsiAddress address, int hosts, out string missing)
    {
        foreach (string device in sysfs.List("class/scsi_device"))
        {
            if (device.EndsWith($":0:{address}", StringComparison.Ordinal) && device.Count(c => c == ':') == 3
                && sysfs.List($"class/scsi_device/{device}/device/block") is [string name, ..])
            {
                return Usable($"class/scsi_device/{device}/device/block/{name}", name, out missing);
            }
        }

        return Nothing<DeviceNode>(hosts == 0 ? "the guest has no SCSI host" : $"none of the guest's {hosts} SCSI hosts has it", out missing);
    }

    private DeviceNode? Usable(string directory, string name, out string missing)
    {
        missing = $"{name} has no node in /dev yet";
        return sysfs.Node(directory, name, FileKind.BlockDevice);
    }
}
