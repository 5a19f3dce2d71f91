using Kata.Oci.Runtime;

namespace Kata.Cli.Containers;

/// <summary>What container users are used to find: the mounts of runc's own spec, and the capabilities and protected paths of Docker.</summary>
internal static class ContainerDefaultsOfRunc
{
    /// <summary>Capabilities of a container's root.</summary>
    public static IReadOnlyList<string> Capabilities { get; } =
    [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",
        "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ];

    /// <summary>Namespaces of the container.</summary>
    public static IReadOnlyList<string> Namespaces { get; } = ["pid", "ipc", "uts", "mount", "network"];

    /// <summary>Mounts every container has.</summary>
    public static IReadOnlyList<Mount> Mounts { get; } =
    [
        Make("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
        Make("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        Make("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        Make("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
        Make("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        Make("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        Make("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
    ];

    /// <summary>Paths that tell about the machine or reach into it.</summary>
    public static IReadOnlyList<string> MaskedPaths { get; } =
    [
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
        "/sys/devices/virtual/powercap", "/sys/firmware",
    ];

    /// <summary>Paths that may only be read.</summary>
    public static IReadOnlyList<string> ReadonlyPaths { get; } = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    private static Mount Make(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options };
}
