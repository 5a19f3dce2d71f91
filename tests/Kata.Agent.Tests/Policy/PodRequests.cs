using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Policy;

/// <summary>Requests with everything in them that a shim sends for a container of a pod.</summary>
internal static class PodRequests
{
    public const string ContainerId = "8f1e2d3c4b5a69788f1e2d3c4b5a69788f1e2d3c4b5a69788f1e2d3c4b5a6978";

    public const string SandboxId = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

    private static readonly string[] Capabilities =
        ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP",
         "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"];

    /// <summary>A container of a pod.</summary>
    public static CreateContainerRequest Create() => new()
    {
        ContainerId = ContainerId,
        ExecId = ContainerId,
        OCI = Spec(),
        Storages =
        {
            new Protocols.Agent.Storage
            {
                Driver = "blk",
                Source = "02/01",
                Fstype = "ext4",
                Options = { "nodev" },
                MountPoint = "/run/kata-containers/sandbox/storage/MDIvMDE=",
                DriverOptions = { "encryption_key=ephemeral" },
            },
        },
    };

    private static Spec Spec() => new()
    {
        Version = "1.1.0",
        Process = new Process
        {
            Args = { "/usr/bin/app", "--serve" },
            Env = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/bin", "HOSTNAME=web-0", "KUBERNETES_PORT=tcp://10.96.0.1:443" },
            Cwd = "/srv",
            User = new User { UID = 1000, GID = 1000, AdditionalGids = { 1000, 2000 } },
            NoNewPrivileges = true,
            Capabilities = new LinuxCapabilities { Bounding = { Capabilities }, Effective = { Capabilities }, Permitted = { Capabilities } },
            Rlimits = { new POSIXRlimit { Type = "RLIMIT_NOFILE", Hard = 1048576, Soft = 1024 } },
            OOMScoreAdj = 968,
        },
        Root = new Root { Path = $"/run/kata-containers/shared/containers/{ContainerId}/rootfs" },
        Mounts =
        {
            Mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
            Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            Mount("/etc/hosts", "bind", $"/run/kata-containers/shared/containers/{ContainerId}-0123456789abcdef-hosts", "rbind", "rprivate", "rw"),
            Mount("/data", "bind", "/run/kata-containers/sandbox/storage/MDIvMDE=", "rbind", "rprivate", "rw"),
        },
        Annotations =
        {
            ["io.kubernetes.cri.container-type"] = "container",
            ["io.kubernetes.cri.container-name"] = "app",
            ["io.kubernetes.cri.sandbox-id"] = SandboxId,
            ["io.kubernetes.cri.sandbox-name"] = "web-0",
            ["io.kubernetes.cri.sandbox-namespace"] = "shop",
            ["io.katacontainers.pkg.oci.container_type"] = "pod_container",
        },
        Linux = new Protocols.Oci.Linux
        {
            CgroupsPath = $"/kubepods/burstable/pod1/{ContainerId}",
            Namespaces = { new LinuxNamespace { Type = "ipc" }, new LinuxNamespace { Type = "uts" }, new LinuxNamespace { Type = "mount" } },
            MaskedPaths = { "/proc/acpi", "/proc/kcore", "/proc/keys", "/sys/firmware" },
            ReadonlyPaths = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys" },
            Resources = new LinuxResources
            {
                Memory = new LinuxMemory { Limit = 134217728 },
                CPU = new LinuxCPU { Shares = 102, Period = 100000, Quota = -1 },
            },
        },
    };

    private static Mount Mount(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = { options } };
}
