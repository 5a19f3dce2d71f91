namespace Kata.Vm.Tests.Guests;

/// <summary>A container root file system made from the machine's static busybox, for an initrd.</summary>
internal static class BusyboxRootfs
{
    private static readonly string[] Applets =
    [
        "sh", "cat", "echo", "sleep", "true", "false", "id", "hostname", "ls", "mount", "umount", "grep", "dd", "kill", "stat", "wc", "head", "tail", "cut",
        "tty", "test", "touch", "mkdir", "rm", "mknod", "readlink", "ps", "env", "uname", "ip", "nproc", "df", "inotifyd", "mv", "ln", "chmod", "chown",
        "sha256sum", "seq", "free", "ping", "blkid", "find", "swapoff", "swapon",
    ];

    public static CpioArchive AddTo(CpioArchive archive, string root)
    {
        archive.Directory(root);
        foreach (string name in (string[])["bin", "etc", "tmp", "proc", "sys", "dev", "mnt", "data"])
        {
            archive.Directory($"{root}/{name}");
        }

        archive.File($"{root}/bin/busybox", File.ReadAllBytes("/bin/busybox"), executable: true);
        foreach (string applet in Applets)
        {
            archive.SymbolicLink($"{root}/bin/{applet}", "/bin/busybox");
        }

        return archive.File($"{root}/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/srv:/bin/sh\n"u8)
            .File($"{root}/etc/group", "root:x:0:\nweb:x:34:\n"u8);
    }
}
