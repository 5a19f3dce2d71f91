using Kata.Primitives;

namespace Kata.Configuration.Binding;

internal static class QemuBinder
{
    private const long SmallestMemory = 256;

    internal static QemuConfiguration Bind(TableReader table, Problems problems, HostLimits host, IReadOnlyDictionary<string, string> hashes) => new()
    {
        Path = RequiredPath(table, "path", problems),
        Accelerator = table.Text("accelerator") switch { "kvm" => Accelerator.Kvm, "tcg" => Accelerator.Tcg, _ => Accelerator.Auto },
        BootTimeout = table.OptionalSeconds("boot_timeout"),
        MachineType = table.Text("machine_type"),
        MachineAccelerators = table.Text("machine_accelerators").Trim(),
        CpuFeatures = table.Text("cpu_features").Trim(),
        EntropySource = table.Text("entropy_source"),
        SeccompSandbox = table.OptionalText("seccompsandbox") ?? table.OptionalText("seccomp_sandbox"),
        EnableDebug = table.Flag("enable_debug"),
        Assets = Assets(table, problems, hashes),
        GuestHookPath = OptionalPath(table, "guest_hook_path", problems),
        Processors = Processors(table, host),
        Memory = Memory(table, problems),
        SharedFiles = SharedFiles(table, problems),
        Annotations = new AnnotationPolicy
        {
            Enabled = table.List("enable_annotations"),
            HypervisorPaths = table.List("valid_hypervisor_paths"),
            VirtioFsDaemonPaths = table.List("valid_virtio_fs_daemon_paths"),
            EntropySources = table.List("valid_entropy_sources"),
            FileMemoryBackends = table.List("valid_file_mem_backends"),
            VhostUserStorePaths = table.List("valid_vhost_user_store_paths"),
        },
    };

    private static GuestAssets Assets(TableReader table, Problems problems, IReadOnlyDictionary<string, string> hashes)
    {
        string? initrd = OptionalPath(table, "initrd", problems);
        string? image = OptionalPath(table, "image", problems);
        if (initrd is not null && image is not null)
        {
            problems.Add(table.LocationOf("image"), "hypervisor.qemu has both initrd and image; keep one");
        }
        else if (initrd is null && image is null)
        {
            problems.Add(table.LocationOf("initrd"), "hypervisor.qemu has neither initrd nor image; set one to the guest's root file system");
        }

        return new GuestAssets
        {
            Kernel = RequiredPath(table, "kernel", problems),
            Initrd = initrd,
            Image = image,
            RootfsType = table.Text("rootfs_type"),
            Firmware = OptionalPath(table, "firmware", problems),
            KernelParameters = table.Text("kernel_params").Trim(),
            Hashes = hashes,
        };
    }

    private static ProcessorConfiguration Processors(TableReader table, HostLimits host)
    {
        int limit = Math.Min(host.Processors, host.MaximumVcpus);
        double wanted = Math.Ceiling(table.Number("default_vcpus"));
        int count = wanted switch
        {
            0 => 1,
            < 0 => limit,
            _ => (int)Math.Min(wanted, limit),
        };
        long maximum = table.Integer("default_maxvcpus");
        return new ProcessorConfiguration(count, (int)Math.Clamp(maximum == 0 ? limit : maximum, count, limit));
    }

    private static MemoryConfiguration Memory(TableReader table, Problems problems)
    {
        long size = table.Integer("default_memory");
        long maximum = table.Integer("default_maxmemory");
        if (size == 0)
        {
            problems.Add(table.LocationOf("default_memory"), "hypervisor.qemu.default_memory must not be 0");
        }

        if (maximum != 0 && maximum < size)
        {
            problems.Add(table.LocationOf("default_maxmemory"), $"hypervisor.qemu.default_maxmemory is {maximum}, less than default_memory, {size}");
        }

        return new MemoryConfiguration
        {
            Size = ByteSize.FromMebibytes(size < SmallestMemory ? 2048 : size),
            Maximum = maximum == 0 ? null : ByteSize.FromMebibytes(maximum),
            Slots = (int)table.Integer("memory_slots"),
            Preallocate = table.Flag("enable_mem_prealloc"),
            HugePages = table.Flag("enable_hugepages"),
            FileBackend = OptionalPath(table, "file_mem_backend", problems),
        };
    }

    private static SharedFilesConfiguration SharedFiles(TableReader table, Problems problems)
    {
        string kind = table.Text("shared_fs");
        if (kind is "virtio-fs-nydus" or "inline-virtio-fs")
        {
            problems.AddUnsupported(table.LocationOf("shared_fs"), $"hypervisor.qemu.shared_fs \"{kind}\" is not supported; use \"virtio-fs\", \"virtio-9p\" or \"none\"");
        }

        return new SharedFilesConfiguration
        {
            Kind = kind switch { "virtio-9p" => SharedFileSystem.Virtio9p, "none" => SharedFileSystem.None, _ => SharedFileSystem.VirtioFs },
            VirtioFsDaemon = RequiredPath(table, "virtio_fs_daemon", problems),
            VirtioFsExtraArguments = table.List("virtio_fs_extra_args"),
            VirtioFsCache = table.Text("virtio_fs_cache") switch
            {
                "always" => VirtioFsCache.Always,
                "metadata" => VirtioFsCache.Metadata,
                "never" or "none" => VirtioFsCache.Never,
                _ => VirtioFsCache.Auto,
            },
            VirtioFsQueueSize = (int)table.Integer("virtio_fs_queue_size"),
            Msize9p = (int)table.Integer("msize_9p"),
        };
    }

    private static string RequiredPath(TableReader table, string key, Problems problems)
    {
        string path = table.Text(key);
        if (path.Length == 0)
        {
            problems.Add(table.LocationOf(key), $"hypervisor.qemu.{key} must not be empty");
        }

        return CheckPath(table, key, path, problems);
    }

    private static string? OptionalPath(TableReader table, string key, Problems problems) =>
        table.OptionalText(key) is { } path ? CheckPath(table, key, path, problems) : null;

    private static string CheckPath(TableReader table, string key, string path, Problems problems)
    {
        if (path.Length > 0 && path[0] != '/')
        {
            problems.Add(table.LocationOf(key), $"hypervisor.qemu.{key} must be an absolute path, not \"{Printable.Escape(path, 100)}\"");
        }

        return path;
    }
}
