using Kata.Hypervisors.Devices;
using Kata.Primitives;

namespace Kata.Hypervisors.Qemu;

/// <summary>Writes the arguments of the devices of a machine.</summary>
internal static class QemuDevices
{
    /// <summary>All devices, in their order.</summary>
    public static void Add(List<string> arguments, QemuLayout layout)
    {
        foreach (VmDevice device in layout.Spec.Devices)
        {
            switch (device)
            {
                case AgentChannel channel:
                    AddAgentChannel(arguments, channel, layout);
                    break;
                case SharedDirectory { Kind: SharedDirectoryKind.VirtioFs } share:
                    AddVirtioFs(arguments, share, Fds(layout, share)[0], layout.Configuration.SharedFiles.VirtioFsQueueSize);
                    break;
                case SharedDirectory share:
                    Add9p(arguments, share, layout.Spec.RequireBackend<DirectoryBackend>(share).Path);
                    break;
                case EntropyDevice entropy:
                    AddEntropy(arguments, entropy, layout.Spec.RequireBackend<FileBackend>(entropy).Path);
                    break;
                case BlockDevice disk:
                    AddDisk(arguments, disk.Id, disk.ReadOnly, Fds(layout, disk)[0]);
                    break;
                case NetworkDevice network:
                    AddNetwork(arguments, network, Fds(layout, network));
                    break;
                default:
                    throw KataException.Unsupported($"qemu: devices of kind {device.GetType().Name} are not supported");
            }
        }
    }

    /// <summary>A virtio-blk disk whose file is already open.</summary>
    public static void AddDisk(List<string> arguments, string id, bool readOnly, int fd)
    {
        // The set's number must not be negative and must be free; the descriptor's number is both.
        arguments.AddRange(
        [
            "-add-fd", new QemuOption().Set("fd", fd).Set("set", fd).ToString(),
            "-blockdev",
            new QemuOption().Set("driver", "raw").Set("node-name", $"disk-{id}").Set("read-only", readOnly).Set("file.driver", "file")
                .Set("file.filename", $"/dev/fdset/{fd}").ToString(),
            "-device", Virtio("virtio-blk-pci").Set("id", id).Set("drive", $"disk-{id}").Set("serial", id[..Math.Min(id.Length, 20)]).ToString(),
        ]);
    }

    private static void AddAgentChannel(List<string> arguments, AgentChannel channel, QemuLayout layout)
    {
        if (layout.ContextId != 0)
        {
            arguments.AddRange(
            [
                "-device",
                Virtio("vhost-vsock-pci").Set("id", channel.Id).Set("vhostfd", layout.AgentFd).Set("guest-cid", layout.ContextId).ToString(),
            ]);
            return;
        }

        // Whoever connects before the guest's driver is up is kept waiting by QEMU, with what it sent: nobody has to poll for the port.
        arguments.AddRange(
        [
            "-device", Virtio("virtio-serial-pci").Set("id", "serial0").Set("max_ports", 2).ToString(),
            "-chardev", new QemuOption("socket").Set("id", "agent").Set("fd", layout.AgentFd).Set("server", true).Set("wait", false).ToString(),
            "-device",
            new QemuOption("virtserialport").Set("id", channel.Id).Set("bus", "serial0.0").Set("nr", 1).Set("chardev", "agent")
                .Set("name", AgentChannel.SerialPortName).ToString(),
        ]);
    }

    private static void AddVirtioFs(List<string> arguments, SharedDirectory share, int fd, int queueSize) => arguments.AddRange(
    [
        "-chardev", new QemuOption("socket").Set("id", $"char-{share.Id}").Set("fd", fd).ToString(),
        "-device",
        new QemuOption("vhost-user-fs-pci").Set("id", share.Id).Set("chardev", $"char-{share.Id}").Set("tag", share.Tag).Set("queue-size", queueSize).ToString(),
    ]);

    private static void Add9p(List<string> arguments, SharedDirectory share, string path) => arguments.AddRange(
    [
        "-fsdev", new QemuOption("local").Set("id", $"fs-{share.Id}").Set("path", path).Set("security_model", "none").Set("multidevs", "remap").ToString(),
        "-device", Virtio("virtio-9p-pci").Set("id", share.Id).Set("fsdev", $"fs-{share.Id}").Set("mount_tag", share.Tag).ToString(),
    ]);

    private static void AddEntropy(List<string> arguments, EntropyDevice entropy, string path) => arguments.AddRange(
    [
        "-object", new QemuOption("rng-random").Set("id", $"source-{entropy.Id}").Set("filename", path).ToString(),
        "-device", Virtio("virtio-rng-pci").Set("id", entropy.Id).Set("rng", $"source-{entropy.Id}").ToString(),
    ]);

    private static void AddNetwork(List<string> arguments, NetworkDevice network, IReadOnlyList<int> queues)
    {
        QemuOption backend = new QemuOption("tap").Set("id", $"net-{network.Id}");
        QemuOption device = Virtio("virtio-net-pci").Set("id", network.Id).Set("netdev", $"net-{network.Id}").Set("mac", network.MacAddress).Set("romfile", string.Empty);
        if (queues.Count > 1)
        {
            backend.Set("fds", string.Join(':', queues));
            device.Set("mq", true).Set("vectors", (2 * queues.Count) + 2);
        }
        else
        {
            backend.Set("fd", queues[0]);
        }

        arguments.AddRange(["-netdev", backend.ToString(), "-device", device.ToString()]);
    }

    // Without the legacy interface the device is simpler, and the guest has fewer registers to map.
    private static QemuOption Virtio(string type) => new QemuOption(type).Set("disable-legacy", "on");

    private static IReadOnlyList<int> Fds(QemuLayout layout, VmDevice device) =>
        layout.DeviceFds.TryGetValue(device.Id, out IReadOnlyList<int>? fds) && fds.Count > 0
            ? fds
            : throw KataException.Invalid($"device '{device.Id}' of machine '{layout.Spec.Id}' has no descriptor");
}
