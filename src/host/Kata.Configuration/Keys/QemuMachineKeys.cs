using System.Runtime.InteropServices;
using static Kata.Configuration.Keys.ConfigurationKey;

namespace Kata.Configuration.Keys;

internal static class QemuMachineKeys
{
    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static KeyGroup Machine { get; } = new("Machine",
    [
        Text("path", DefaultPaths.Qemu, "The QEMU binary; the default is that of the host's architecture.") with { DefaultOnAnyMachine = "\"/usr/bin/qemu-system-x86_64\"" },
        Choice("accelerator", "auto", ["auto", "kvm", "tcg"],
            "What runs the guest's instructions: KVM, QEMU's own translation (slow, works everywhere), or KVM where it works and translation elsewhere."),
        Integer("boot_timeout", 0, "Seconds a VM may take until its agent answers; 0 means 30 under KVM and 90 without.", maximum: 86_400),
        Choice("machine_type", IsArm ? "virt" : "q35", ["q35", "virt", "microvm", "pc", "pseries", "s390-ccw-virtio"], "QEMU machine type; the default on arm64 is virt.")
            with { DefaultOnAnyMachine = "\"q35\"" },
        Text("machine_accelerators", string.Empty, "More options for -machine, separated by commas."),
        Text("cpu_features", "pmu=off", "More options for -cpu, separated by commas."),
        Text("entropy_source", "/dev/urandom", "Host device behind the guest's hardware random number generator."),
        Flag("disable_nesting_checks", false, "Skip the adjustments made when the host is itself a VM.").Ignored(),
        Flag("use_legacy_serial", false, "Console on an emulated serial port, for kernels without virtio-console.").Ignored(),
    ]);

    internal static KeyGroup Assets { get; } = new("Guest kernel and root file system",
    [
        Text("kernel", DefaultPaths.Kernel, "Guest kernel."),
        Text("initrd", string.Empty, "Guest root as an initrd. Exactly one of initrd and image is needed."),
        Text("image", string.Empty, "Guest root as a disk image."),
        Choice("rootfs_type", "ext4", ["ext4", "xfs", "erofs"], "File system in the image."),
        Text("vm_rootfs_driver", string.Empty, "Device that carries the image.").Ignored(),
        Text("kernel_params", string.Empty, "Words added at the end of the guest's kernel command line."),
        Text("kernel_verity_params", string.Empty, "dm-verity parameters of the image.").Refused(),
        Text("firmware", string.Empty, "Guest firmware."),
        Text("firmware_volume", string.Empty, "Variable store of the firmware.").Ignored(),
        List("pflashes", [], "Files shown to the guest as flash memory.").Ignored(),
        List("guest_extension_images", [], "Further read-only images for the guest.").Ignored(),
        Text("guest_hook_path", string.Empty, "Directory in the guest with OCI hooks in prestart, poststart and poststop."),
    ]);

    internal static KeyGroup Processors { get; } = new("Processors",
    [
        Number("default_vcpus", 1, "vCPUs at boot; a fraction is rounded up, 0 means 1, a negative number or more than the host has means all of the host's.", -1_000_000, 1_000_000),
        Integer("default_maxvcpus", 0, "Most vCPUs the VM can grow to; 0 means as many as the host has.", maximum: 1_000_000),
        Number("overhead_vcpus", 0, "vCPUs' worth of host CPU granted to the VMM itself.", 0, 1_000_000).Ignored(),
        Flag("enable_numa", false, "Show the host's NUMA nodes to the guest.").Ignored(),
        List("numa_mapping", [], "Host nodes behind each guest NUMA node.").Ignored(),
    ]);

    internal static KeyGroup Memory { get; } = new("Memory",
    [
        Integer("default_memory", 2048, "MiB at boot; below 256 means 2048."),
        Integer("default_maxmemory", 0, "MiB the VM can grow to; 0 means as much as the host has."),
        Integer("overhead_memory", 0, "MiB of host memory granted to the VMM itself.").Ignored(),
        Integer("memory_slots", 10, "Number of memory devices that can be added later.", maximum: 256).Ignored(),
        Integer("memory_offset", 0, "MiB of address space kept free behind the boot memory, for NVDIMM.", maximum: 1L << 40).Ignored(),
        Flag("enable_virtio_mem", false, "Grow and shrink memory with virtio-mem.").Ignored(),
        Flag("enable_mem_prealloc", false, "Take all guest memory from the host at start."),
        Flag("enable_hugepages", false, "Back guest memory with huge pages from /dev/hugepages.").Ignored(),
        Flag("enable_swap", false, "Let the host swap guest memory out.").Ignored(),
        Text("file_mem_backend", string.Empty, "Directory whose files back guest memory.").Ignored(),
        List("valid_file_mem_backends", [string.Empty], "Globs of directories that an annotation may choose as file_mem_backend."),
        Flag("reclaim_guest_freed_memory", false, "Give memory the guest freed back to the host.").Ignored(),
        Flag("enable_guest_swap", false, "Let pods ask for a swap device in the guest.").Ignored(),
        Text("guest_swap_path", "/run/kata-containers/swap", "Directory of the files behind guest swap devices.").Ignored(),
        Integer("guest_swap_size_percent", 100, "Size of a guest swap device, in percent of the guest's memory.", maximum: 10_000).Ignored(),
        Integer("guest_swap_create_threshold_secs", 60, "Age in seconds a sandbox must reach before it gets a swap device.").Ignored(),
    ]);
}
