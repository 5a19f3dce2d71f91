using System.Buffers.Text;
using System.Globalization;
using Kata.Configuration.Keys;

namespace Kata.Configuration.Overrides;

/// <summary>All annotations that set something.</summary>
internal static class AnnotationRules
{
    internal const string Prefix = "io.katacontainers.";
    internal const string HypervisorPrefix = Prefix + "config.hypervisor.";
    internal const string RuntimePrefix = Prefix + "config.runtime.";
    internal const string AgentPrefix = Prefix + "config.agent.";

    internal const string Policy = AgentPrefix + "policy";

    private const uint SmallestMemory = 256;

    // Names that are keys of [hypervisor.qemu] and need nothing more than their own permission.
    private static readonly string[] PlainHypervisorNames =
    [
        "kernel", "firmware", "firmware_volume", "machine_type", "disable_vhost_net", "disable_image_nvdimm", "hotplug_vfio_on_root_bus",
        "enable_iommu", "enable_iommu_platform", "enable_virtio_mem", "enable_mem_prealloc", "enable_swap", "enable_hugepages",
        "disable_block_device_use", "enable_iothreads", "indep_iothreads", "block_device_cache_set", "block_device_cache_direct",
        "block_device_cache_noflush", "block_device_aio", "block_device_driver", "enable_guest_swap", "rootless", "enable_vhost_user_store",
        "vhost_user_reconnect_timeout_sec", "guest_hook_path", "memory_slots", "memory_offset", "pcie_root_port", "pcie_switch_port", "msize_9p",
        "virtio_fs_cache", "virtio_fs_cache_size", "virtio_fs_extra_args", "rx_rate_limiter_max_rate", "tx_rate_limiter_max_rate",
        "kernel_verity_params", "cold_plug_vfio", "hot_plug_vfio", "use_legacy_serial", "default_gpus", "default_gpu_model",
        "reclaim_guest_freed_memory", "numa_mapping", "snp_id_block", "snp_id_auth", "snp_guest_policy", "jailer_path", "ctlpath",
    ];

    private static readonly Dictionary<string, AnnotationRule> Hypervisor = BuildHypervisor();

    private static readonly Dictionary<string, AnnotationRule> Others = new(StringComparer.Ordinal)
    {
        [RuntimePrefix + "disable_guest_seccomp"] = new(KeyCatalog.Runtime, "disable_guest_seccomp"),
        [RuntimePrefix + "sandbox_cgroup_only"] = new(KeyCatalog.Runtime, "sandbox_cgroup_only"),
        [RuntimePrefix + "enable_pprof"] = new(KeyCatalog.Runtime, "enable_pprof"),
        [RuntimePrefix + "disable_new_netns"] = new(KeyCatalog.Runtime, "disable_new_netns"),
        [RuntimePrefix + "experimental"] = new(KeyCatalog.Runtime, "experimental") { Separator = ' ' },
        [RuntimePrefix + "internetworking_model"] = new(KeyCatalog.Runtime, "internetworking_model"),
        [RuntimePrefix + "vfio_mode"] = new(KeyCatalog.Runtime, "vfio_mode"),
        [RuntimePrefix + "guest_selinux_label"] = new(KeyCatalog.Runtime, "guest_selinux_label"),
        [RuntimePrefix + "create_container_timeout"] = new(KeyCatalog.Runtime, "create_container_timeout"),
        [RuntimePrefix + "experimental_force_guest_pull"] = new(KeyCatalog.Runtime, "experimental_force_guest_pull"),
        [RuntimePrefix + "enable_vcpus_pinning"] = new(KeyCatalog.Runtime, "enable_vcpus_pinning"),
        [AgentPrefix + "kernel_modules"] = new(KeyCatalog.Agent, "kernel_modules") { Separator = ';' },
        [AgentPrefix + "enable_tracing"] = new(KeyCatalog.Agent, "enable_tracing"),
        [AgentPrefix + "container_pipe_size"] = new(KeyCatalog.Agent, "container_pipe_size"),
        [Policy] = new(KeyCatalog.Agent, "policy") { IsBase64 = true, MaxLength = Base64.GetMaxEncodedToUtf8Length(AgentConfiguration.MaxPolicy) },
        [AgentPrefix + "cdh_api_timeout"] = new(KeyCatalog.Agent, "cdh_api_timeout"),
        [AgentPrefix + "cdh_api_timeout_ms"] = new(KeyCatalog.Agent, "cdh_api_timeout_ms"),
    };

    /// <summary>Finds the rule of an annotation by its full name; null when no annotation of this name sets a key.</summary>
    internal static AnnotationRule? Find(string annotation) => annotation.StartsWith(HypervisorPrefix, StringComparison.Ordinal)
        ? Hypervisor.GetValueOrDefault(annotation[HypervisorPrefix.Length..])
        : Others.GetValueOrDefault(annotation);

    /// <summary>The key whose file a hash annotation is about; null when it is no hash.</summary>
    internal static string? HashedKey(string annotation) => annotation switch
    {
        HypervisorPrefix + "kernel_hash" => "kernel",
        HypervisorPrefix + "initrd_hash" => "initrd",
        HypervisorPrefix + "image_hash" => "image",
        HypervisorPrefix + "firmware_hash" => "firmware",
        HypervisorPrefix + "hypervisor_hash" => "path",
        _ => null,
    };

    /// <summary>Names of every annotation that sets a key.</summary>
    internal static IEnumerable<string> Names => Hypervisor.Keys.Select(name => HypervisorPrefix + name).Concat(Others.Keys);

    private static Dictionary<string, AnnotationRule> BuildHypervisor()
    {
        var rules = PlainHypervisorNames.ToDictionary(name => name, name => new AnnotationRule(KeyCatalog.Qemu, name), StringComparer.Ordinal);
        foreach ((string name, AnnotationRule rule) in SpecialHypervisorRules())
        {
            rules.Add(name, rule);
        }

        return rules;
    }

    private static IEnumerable<(string Name, AnnotationRule Rule)> SpecialHypervisorRules()
    {
        yield return ("initrd", Qemu("initrd") with { Excludes = "image" });
        yield return ("image", Qemu("image") with { Excludes = "initrd" });
        yield return ("kernel_params", Qemu("kernel_params") with { Appends = true });
        yield return ("machine_accelerators", Qemu("machine_accelerators") with { Fault = OptionFault });
        yield return ("cpu_features", Qemu("cpu_features") with { Fault = OptionFault });
        yield return ("shared_fs", Qemu("shared_fs"));
        yield return ("default_vcpus", Qemu("default_vcpus") with { Fault = VcpuFault });
        yield return ("default_max_vcpus", Qemu("default_maxvcpus") with { Fault = VcpuFault });
        yield return ("default_memory", Qemu("default_memory") with { Fault = MemoryFault });
        yield return ("blk_logical_sector_size", Qemu("block_device_logical_sector_size"));
        yield return ("blk_physical_sector_size", Qemu("block_device_physical_sector_size"));
        yield return ("block_device_num_queues", Qemu("num_queues"));
        yield return ("block_device_queue_size", Qemu("queue_size"));
        yield return ("path", Qemu("path") with { AllowedPaths = c => c.Annotations.HypervisorPaths, ConfiguredPath = c => c.Path });
        yield return ("virtio_fs_daemon", Qemu("virtio_fs_daemon") with
        {
            AllowedPaths = c => c.Annotations.VirtioFsDaemonPaths,
            ConfiguredPath = c => c.SharedFiles.VirtioFsDaemon,
        });
        yield return ("entropy_source", Qemu("entropy_source") with { AllowedPaths = c => c.Annotations.EntropySources, ConfiguredPath = c => c.EntropySource });
        yield return ("file_mem_backend", Qemu("file_mem_backend") with
        {
            AllowedPaths = c => c.Annotations.FileMemoryBackends,
            ConfiguredPath = c => c.Memory.FileBackend,
        });
        yield return ("vhost_user_store_path", Qemu("vhost_user_store_path") with { AllowedPaths = c => c.Annotations.VhostUserStorePaths });
    }

    private static AnnotationRule Qemu(string key) => new(KeyCatalog.Qemu, key);

    // The text becomes part of one QEMU argument: only what options of -machine and -cpu are made of.
    private static string? OptionFault(string value, HostLimits host) =>
        value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ',' or '=' or '+') ? null : "may have only letters, digits and _-.,=+";

    private static string? VcpuFault(string value, HostLimits host)
    {
        int limit = Math.Min(host.Processors, host.MaximumVcpus);
        return double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count) && count <= limit
            ? null
            : $"must be a number of at most {limit}, the CPUs of this host";
    }

    private static string? MemoryFault(string value, HostLimits host) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint size) && size >= SmallestMemory
            ? null
            : $"must be a number of MiB of at least {SmallestMemory}";
}
