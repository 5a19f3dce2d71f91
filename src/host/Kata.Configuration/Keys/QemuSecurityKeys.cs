using static Kata.Configuration.Keys.ConfigurationKey;

namespace Kata.Configuration.Keys;

internal static class QemuSecurityKeys
{
    internal static KeyGroup Confinement { get; } = new("Confinement",
    [
        Flag("rootless", false, "Run QEMU as an unprivileged user.").Refused(),
        Text("seccompsandbox", string.Empty, "Argument of QEMU's -sandbox; empty means the strictest that works."),
        Text("seccomp_sandbox", string.Empty, "Another spelling of seccompsandbox."),
        Flag("disable_seccomp", false, "Run the VMM without a seccomp filter.").Ignored(),
        Flag("disable_selinux", false, "Do not give the VMM its SELinux label.").Ignored(),
        Flag("disable_guest_selinux", true, "Do not use SELinux in the guest.").Ignored(),
    ]);

    internal static KeyGroup Confidential { get; } = new("Confidential guests",
    [
        Flag("confidential_guest", false, "Encrypt and measure the guest's memory.").Refused(),
        Flag("sev_snp_guest", false, "Use AMD SEV-SNP for confidential guests.").Refused(),
        Text("snp_id_block", string.Empty, "Identity block of an SNP guest.").Refused(),
        Text("snp_id_auth", string.Empty, "Authentication of the SNP identity block.").Refused(),
        Integer("snp_guest_policy", 0x30000, "Policy of an SNP guest.", maximum: long.MaxValue).Refused(),
        Integer("tdx_quote_generation_service_socket_port", 4050, "vsock port of the TDX quote generation service.").Ignored(),
        Text("measurement_algo", string.Empty, "Hash used for measurements.").Refused(),
    ]);

    internal static KeyGroup Debugging { get; } = new("Debugging",
    [
        Flag("enable_debug", false, "Debug messages from QEMU and the guest's kernel."),
        Integer("hypervisor_loglevel", 1, "Log level of the VMM.", maximum: 10).Ignored(),
        Text("log_level", string.Empty, "Log level of the driver.").Ignored(),
        Choice("extra_monitor_socket", string.Empty, [string.Empty, "hmp", "qmp", "qmp-pretty"], "A second QEMU monitor, for people.").Ignored(),
        Text("guest_memory_dump_path", string.Empty, "Directory for a core of the guest when its kernel panics.").Ignored(),
        Flag("guest_memory_dump_paging", false, "Write the core with the guest's page tables resolved.").Ignored(),
    ]);

    internal static KeyGroup Annotations { get; } = new("What pods may change, and remote VMs",
    [
        List("enable_annotations", [], "Regular expressions of the names, after io.katacontainers.config.hypervisor., that pods may set; each must match the whole name."),
        List("valid_hypervisor_paths", [], "Globs of binaries that an annotation may choose as path; empty means only path."),
        List("valid_entropy_sources", ["/dev/urandom", "/dev/random", string.Empty], "Globs of devices that an annotation may choose as entropy_source."),
        Text("jailer_path", string.Empty, "Jailer of another VMM.").Ignored(),
        List("valid_jailer_paths", [], "Globs of binaries that an annotation may choose as jailer_path.").Ignored(),
        Text("ctlpath", string.Empty, "Control program of another VMM.").Ignored(),
        List("valid_ctlpaths", [], "Globs of binaries that an annotation may choose as ctlpath.").Ignored(),
        Text("remote_hypervisor_socket", string.Empty, "Socket of a remote hypervisor.").Ignored(),
        Integer("remote_hypervisor_timeout", 600, "Seconds a remote hypervisor may take.").Ignored(),
    ]);
}
