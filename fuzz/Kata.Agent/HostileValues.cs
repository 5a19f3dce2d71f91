using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Kata.Agent.Fuzz;

/// <summary>
/// Values for the fields of requests: valid ones, nearly valid ones, and what attackers try. None of them does harm to a machine even where the agent
/// does what it is told: programs are true, sleep and the like, kernel settings are those of a namespace, and no device exists.
/// </summary>
internal static class HostileValues
{
    private const string Shared = "/run/kata-containers/shared/containers";

    private static readonly string[] Ids = ["c0", "c1", "c2", "c3", "c4", "sandbox1", "", "..", "../c0", "c0/../c1", "-x", ".x", "a b", "a\n", "a\0b", "ä", "C0", new('x', 129), new('x', 5000)];

    private static readonly string[] ExecIds = ["e0", "e1", "e2", "e3", "c0", "c1", "", "..", "e0/..", "e\0", new('e', 300)];

    private static readonly string[] Paths =
    [
        "/", "", ".", "..", "/..", "/../..", "//", "/tmp/x", "relative/x", "/a/../../b", "/proc", "/proc/self", "/proc/self/exe", "/proc/self/root", "/proc/1/root/agent",
        "/proc/self/fd/1", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/sys", "/sys/fs/cgroup", "/dev", "/dev/null", "/dev/pts/ptmx", "/dev/nowhere", "/etc/passwd",
        "/etc/plain", "/bin/sh", "/out", "/out/x", "/up/x", "/loop", "/loop/x", "/magic/agent", "/dangling", "/test/rootfs", "/test/rootfs/magic", "/test/rootfs/loop",
        "/test/rootfs/out", "/test/agent.sock", "/run", "/run/kata-containers", "/run/kata-containers/", "/run/kata-containers/sandbox/shm", "/run/kata-containers/sandbox/storage/v1",
        "/run/kata-containers/sandbox/ephemeral/e1", "/run/kata-containers/../x", "/run/kata-containers/sandbox/../../../x", Shared, Shared + "/f", Shared + "/d/f", Shared + "/d",
        Shared + "/link", Shared + "/link/x", Shared + "/../../../../agent/x", Shared + "/./f", Shared + "//f", Shared + "/f/under-a-file", Shared + "/watchable/w", "/a\0b", "/ä",
        "/" + new string('n', 300), "/" + string.Join('/', Enumerable.Repeat("d", 3000)),
    ];

    private static readonly string[] Texts =
        ["", "a", "0", "-1", "true", "none", "defaults", "%s%n", "\0", "\n", "\u001b[2J", "${x}", "'; exit", "a=b", "=", "ä😀", new('t', 255), new('t', 70_000), "18446744073709551616", "0x10", "../..", "tmpfs"];

    private static readonly string[][] Programs =
        [["true"], ["true"], ["cat"], ["sleep", "1000"], ["sleep", "1000"], ["sleep", "1000"], ["cat"], ["sh", "-c", "exit 3"], ["sh", "-c", "trap '' TERM; sleep 1000"], ["sh", "-c", "sleep 1000 & exec sleep 1000"], ["sh", "-c", "echo x; exec >&- 2>&- <&-; sleep 1000"], ["nosuch"], ["/etc/plain"], ["/etc"], [""], [], ["/loop"], ["echo", "\0"]];

    private static readonly Dictionary<string, string[]> ByName = new(StringComparer.Ordinal)
    {
        ["container_id"] = Ids,
        ["sandbox_id"] = ["sandbox1", "sandbox2", "", "..", "a/b"],
        ["exec_id"] = ExecIds,
        ["driver"] = ["blk", "mmioblk", "scsi", "nvdimm", "virtio-fs", "9p", "ephemeral", "local", "watchable-bind", "overlayfs", "bind", "image_guest_pull", "erofs.multi-layer", "hugepages", "", "nosuch"],
        ["driver_options"] = ["encryption_key=x", "mkfs", "", "create_directory=/x", "=", "fsgid=1"],
        ["fstype"] = ["tmpfs", "bind", "overlay", "proc", "ext4", "xfs", "9p", "virtiofs", "hugetlbfs", "devpts", "nosuch", ""],
        ["options"] = ["ro", "rw", "nosuid", "nodev", "noexec", "bind", "rbind", "remount", "rshared", "rslave", "rro", "tmpcopyup", "mode=1777", "mode=9", "size=64k", "size=-1", "size=99999999999999999999", "fsgid=5", "fsgid=x", "lowerdir=/test/rootfs", "upperdir=/tmp/u", "workdir=/tmp/w", "lowerdir=/a:/b", "pagesize=2M", "trans=virtio", "idmap", "0000:00:1f.7=02/03", "x=y=z", ""],
        ["type"] = ["blk", "mmioblk", "scsi", "nvdimm", "vfio-pci", "vfio-pci-gk", "vfio-ap", "watchable-bind", "vhost-user-blk", "bind", "proc", "tmpfs", "sysfs", "mqueue", "devpts", "cgroup", "overlay", "", "nosuch"],
        ["Type"] = ["pid", "ipc", "uts", "mount", "network", "user", "cgroup", "time", "c", "b", "p", "u", "a", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_CORE", "RLIMIT_NOSUCH", ""],
        ["id"] = ["02", "02/03", "00/00/00", "ff/ff", "zz", "0:0", "1:2:3", "", "../02"],
        ["CgroupsPath"] = ["/f/a", "/f/b/c", "", "/", "/..", "/../x", "f/../..", "system.slice:kata:x", "a:b", ":::", "/f/\n", "relative", "/" + new string('g', 300), "/" + string.Join('/', Enumerable.Repeat("g", 600))],
        ["Cpus"] = ["", "0", "0-1", "0-999", "x", "1-0", "-1", "0,,1"],
        ["Mems"] = ["", "0", "0-9", "x"],
        ["Access"] = ["r", "rwm", "", "x", "rrr"],
        ["RootfsPropagation"] = ["", "private", "rslave", "shared", "rshared", "unbindable", "nosuch"],
        ["DefaultAction"] = ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_NOTIFY", "SCMP_ACT_NOSUCH", ""],
        ["Action"] = ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_TRACE", "SCMP_ACT_NOTIFY", "x"],
        ["Architectures"] = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64", "SCMP_ARCH_NOSUCH", ""],
        ["Flags"] = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC", "x", ""],
        ["Names"] = ["reboot", "mount", "execve", "nosuchcall", ""],
        ["Op"] = ["SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_GT", "x", ""],
        ["Bounding"] = ["CAP_KILL", "CAP_SYS_ADMIN", "CAP_SYS_TIME", "CAP_NOSUCH", "cap_kill", ""],
        ["Effective"] = ["CAP_KILL", "CAP_SYS_ADMIN", "CAP_SYS_TIME", "CAP_NOSUCH", ""],
        ["Permitted"] = ["CAP_KILL", "CAP_SYS_ADMIN", "CAP_NOSUCH", ""],
        ["Ambient"] = ["CAP_KILL", "CAP_SYS_ADMIN", "CAP_NOSUCH", ""],
        ["Env"] = ["A=b", "PATH=", "PATH=/bin", "HOME=/", "=x", "novalue", "A=\0", ""],
        ["Pagesize"] = ["2MB", "1GB", "64KB", "2XB", "", "../x"],
        ["Hostname"] = ["", "h", "a.b", new('h', 65), "a\0", "h h"],
        ["hostname"] = ["", "h", new('h', 65)],
        ["log_type"] = ["termination_log", "", "nosuch", "../x"],
        ["device"] = ["lo", "eth0", "", "nosuch", new('i', 20), "../lo"],
        ["name"] = ["lo", "eth0", "eth1", "", new('i', 20), "a/b", "x\0"],
        ["Name"] = ["lo", "eth0", "", "nosuch"],
        ["hwAddr"] = ["02:00:00:00:00:01", "00:00:00:00:00:00", "02:00", "zz:zz:zz:zz:zz:zz", ""],
        ["lladdr"] = ["02:00:00:00:00:01", "02:00", ""],
        ["address"] = ["127.0.0.1", "10.0.0.1", "::1", "fe80::1", "999.1.1.1", "", "a", "10.0.0.1/8"],
        ["mask"] = ["8", "24", "32", "33", "128", "129", "-1", "255.255.255.0", "", "x"],
        ["dest"] = ["", "10.0.0.0/8", "0.0.0.0/0", "::/0", "fe80::/64", "10.0.0.0/33", "x/y"],
        ["gateway"] = ["", "10.0.0.1", "fe80::1", "x"],
        ["source"] = ["", "10.0.0.1", "proc", "tmpfs", "none", "x", "/", "/test/rootfs", "/loop", "/dev/nowhere", "/dev/null", "02/03", "0:1", "kataShared", "/proc/self/root"],
        ["policy"] = ["", "x", "package agent_policy\nx := ", "\0", "package a.b.c.d\n\n}", new('p', 70_000)],
    };

    /// <summary>A program with its arguments.</summary>
    public static string[] Program(Random random) => Pick(random, Programs);

    /// <summary>A value of a field that is no message.</summary>
    public static object Scalar(Random random, FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => Text(random, field),
        FieldType.Bytes => Bytes(random),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Enum => random.Next(4) == 0 ? 77 : field.EnumType.Values[random.Next(field.EnumType.Values.Count)].Number,
        FieldType.UInt32 => field.Name == "signal" && random.Next(2) == 0 ? Pick(random, [0u, 9u, 15u, 18u, 19u, 64u, 65u]) : (uint)Number(random),
        FieldType.Int32 => (int)Number(random),
        FieldType.Int64 => (long)Number(random),
        _ => Number(random),
    };

    /// <summary>The key of a map.</summary>
    public static string Key(Random random, FieldDescriptor map) => map.Name == "Sysctl"
        ? Pick(random, ["net.ipv4.ip_forward", "net.ipv4.conf.lo.forwarding", "kernel.shmmax", "kernel.msgmax", "fs.mqueue.msg_max", "net.nosuch", "vm.nosuch", "net/ipv4/../x", "net..x", "../../etc/passwd", "", "kernel", "net.\0"])
        : Pick(random, Texts);

    private static string Text(Random random, FieldDescriptor field)
    {
        if (random.Next(20) == 0)
        {
            return Pick(random, Texts);
        }

        return ByName.TryGetValue(field.Name, out string[]? values) ? Pick(random, values)
            : IsPath(field.Name) ? Pick(random, Paths)
            : Pick(random, random.Next(3) == 0 ? Paths : Texts);
    }

    private static bool IsPath(string name) =>
        name.Contains("path", StringComparison.OrdinalIgnoreCase) || name is "Cwd" or "destination" or "mount_point" or "MaskedPaths" or "ReadonlyPaths" or "src_path" or "dst_path" or "options";

    private static ByteString Bytes(Random random)
    {
        byte[] bytes = new byte[random.Next(10) switch { 0 => 0, 1 => 1 << 20, 2 => 70_000, _ => random.Next(1, 64) }];
        random.NextBytes(bytes);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    private static ulong Number(Random random) => random.Next(12) switch
    {
        0 => 0,
        1 => 1,
        2 => ulong.MaxValue, // -1 of signed fields
        3 => long.MaxValue,
        4 => unchecked((ulong)long.MinValue),
        5 => int.MaxValue,
        6 => unchecked((uint)int.MinValue),
        7 => uint.MaxValue,
        8 => 4096,
        9 => 1ul << random.Next(64),
        10 => (ulong)random.NextInt64(),
        _ => (ulong)random.Next(256),
    };

    private static T Pick<T>(Random random, T[] values) => values[random.Next(values.Length)];
}
