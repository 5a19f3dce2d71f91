using static Kata.Configuration.Keys.ConfigurationKey;

namespace Kata.Configuration.Keys;

internal static class QemuDeviceKeys
{
    internal static KeyGroup SharedFiles { get; } = new("Shared files",
    [
        Choice("shared_fs", "virtio-fs", ["virtio-fs", "virtio-9p", "none", "virtio-fs-nydus", "inline-virtio-fs"],
            "How container root file systems and volumes reach the guest."),
        Text("virtio_fs_daemon", DefaultPaths.VirtioFsDaemon,
            $"The virtiofsd binary, C or Rust. Without the key: the first that exists of {string.Join(", ", DefaultPaths.VirtioFsDaemons)}.")
            with { DefaultOnAnyMachine = "\"/usr/libexec/virtiofsd\"" },
        List("valid_virtio_fs_daemon_paths", [], "Globs of binaries that an annotation may choose as virtio_fs_daemon; empty means only virtio_fs_daemon."),
        Integer("virtio_fs_cache_size", 0, "MiB of host page cache mapped into the guest (DAX); 0 turns it off.").Ignored(),
        List("virtio_fs_extra_args", ["--thread-pool-size=1"], "More arguments for virtiofsd; -o options are translated for the Rust implementation."),
        Choice("virtio_fs_cache", "auto", ["auto", "always", "never", "metadata", "none"], "How long the guest caches files; none is the old name of never."),
        Integer("virtio_fs_queue_size", 1024, "Length of the virtio-fs request queue.", minimum: 1, maximum: 1024),
        Integer("msize_9p", 8192, "Bytes in a 9p message.", minimum: 4096, maximum: 1 << 24),
    ]);

    internal static KeyGroup Block { get; } = new("Block devices",
    [
        Flag("disable_block_device_use", true, "Share block devices' file systems instead of passing the device to the guest.").Ignored(),
        Choice("block_device_driver", "virtio-scsi",
            ["virtio-scsi", "virtio-blk", "virtio-blk-pci", "virtio-blk-ccw", "virtio-blk-mmio", "virtio-mmio", "nvdimm"],
            "Device that shows a host block device to the guest.").Ignored(),
        Choice("block_device_aio", "io_uring", ["io_uring", "native", "threads"], "How QEMU does block I/O.").Ignored(),
        Flag("block_device_cache_set", false, "Let the next two keys take effect.").Ignored(),
        Flag("block_device_cache_direct", false, "Bypass the host's page cache.").Ignored(),
        Flag("block_device_cache_noflush", false, "Ignore the guest's flush requests.").Ignored(),
        Integer("block_device_logical_sector_size", 0, "Logical sector size shown to the guest, in bytes; 0 means the device's own.", maximum: 65536).Ignored(),
        Integer("block_device_physical_sector_size", 0, "Physical sector size shown to the guest, in bytes; 0 means the device's own.", maximum: 65536).Ignored(),
        Flag("enable_iothreads", false, "Do block I/O on a thread of its own.").Ignored(),
        Integer("indep_iothreads", 0, "Number of further I/O threads.", maximum: 1024).Ignored(),
        Integer("queue_size", 128, "Length of a block device's queues.", maximum: 1024).Ignored(),
        Integer("num_queues", 1, "Number of a block device's queues.", maximum: 1024).Ignored(),
        Flag("disable_image_nvdimm", false, "Attach the guest image as a block device instead of an NVDIMM.").Ignored(),
        Integer("disk_rate_limiter_bw_max_rate", 0, "Disk bandwidth in bytes per second; 0 means no limit.", maximum: long.MaxValue).Ignored(),
        Integer("disk_rate_limiter_bw_one_time_burst", 0, "Bytes of disk bandwidth granted beyond the limit, once.", maximum: long.MaxValue).Ignored(),
        Integer("disk_rate_limiter_ops_max_rate", 0, "Disk requests per second; 0 means no limit.", maximum: long.MaxValue).Ignored(),
        Integer("disk_rate_limiter_ops_one_time_burst", 0, "Disk requests granted beyond the limit, once.", maximum: long.MaxValue).Ignored(),
    ]);

    internal static KeyGroup Network { get; } = new("Network devices",
    [
        Flag("disable_vhost_net", false, "Move packets in QEMU instead of in the host kernel.").Ignored(),
        Integer("network_queues", 1, "Queue pairs of a network device.", maximum: 256).Ignored(),
        Integer("rx_rate_limiter_max_rate", 0, "Received bits per second; 0 means no limit.", maximum: long.MaxValue).Ignored(),
        Integer("tx_rate_limiter_max_rate", 0, "Sent bits per second; 0 means no limit.", maximum: long.MaxValue).Ignored(),
        Integer("net_rate_limiter_bw_max_rate", 0, "Network bandwidth in bits per second; 0 means no limit.", maximum: long.MaxValue).Ignored(),
        Integer("net_rate_limiter_bw_one_time_burst", 0, "Bits granted beyond the limit, once.", maximum: long.MaxValue).Ignored(),
        Integer("net_rate_limiter_ops_max_rate", 0, "Packets per second; 0 means no limit.", maximum: long.MaxValue).Ignored(),
        Integer("net_rate_limiter_ops_one_time_burst", 0, "Packets granted beyond the limit, once.", maximum: long.MaxValue).Ignored(),
    ]);

    internal static KeyGroup Pci { get; } = new("PCI and device passthrough",
    [
        Integer("default_bridges", 1, "PCI bridges that hotplugged devices go to; 0 means 1, at most 5.").Ignored(),
        Integer("pcie_root_port", 0, "PCIe root ports for hotplugged devices.", maximum: 256).Ignored(),
        Integer("pcie_switch_port", 0, "PCIe switch ports for hotplugged devices.", maximum: 256).Ignored(),
        Flag("hotplug_vfio_on_root_bus", false, "Plug VFIO devices into the root bus.").Ignored(),
        Choice("hot_plug_vfio", "no-port", ["no-port", "root-port", "switch-port", "bridge-port"], "Where VFIO devices are plugged into a running VM.").Ignored(),
        Choice("cold_plug_vfio", "no-port", ["no-port", "root-port", "switch-port"], "Where VFIO devices are plugged in before boot.").Ignored(),
        Flag("enable_iommu", false, "Show an IOMMU to the guest.").Ignored(),
        Flag("enable_iommu_platform", false, "Put virtio devices behind the guest's IOMMU.").Ignored(),
        Integer("default_gpus", 0, "Number of GPUs of a remote VM.", maximum: 64).Ignored(),
        Text("default_gpu_model", string.Empty, "GPU model of a remote VM.").Ignored(),
    ]);

    internal static KeyGroup VhostUser { get; } = new("vhost-user devices",
    [
        Flag("enable_vhost_user_store", false, "Use vhost-user block devices found in vhost_user_store_path.").Ignored(),
        Text("vhost_user_store_path", "/var/run/kata-containers/vhost-user", "Directory of vhost-user sockets and device nodes.").Ignored(),
        List("valid_vhost_user_store_paths", ["/var/run/kata-containers/vhost-user"], "Globs of directories that an annotation may choose as vhost_user_store_path."),
        Integer("vhost_user_reconnect_timeout_sec", 0, "Seconds between attempts to reconnect a vhost-user device; 0 means never.", maximum: 86_400).Ignored(),
    ]);
}
