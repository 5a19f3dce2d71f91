namespace Kata.Vm.Tests.Guests;

/// <summary>A container root file system made from the machine's static busybox, for an initrd.</summary>
internal static class BusyboxRootfs
{
    private static readonly string[] Directories = ["bin", "etc", "tmp", "proc", "sys", "dev", "mnt", "data"];

    private static readonly byte[] Passwd = [.. "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/srv:/bin/sh\n"u8];

    private static readonly byte[] Group = [.. "root:x:0:\nweb:x:34:\n"u8];

    private static readonly string[] Applets =
    [
        "sh", "cat", "echo", "sleep", "true", "false", "id", "hostname", "ls", "mount", "umount", "grep", "dd", "kill", "stat", "wc", "head", "tail", "cut",
        "tty", "test", "touch", "mkdir", "rm", "mknod", "readlink", "ps", "env", "uname", "ip", "nproc", "df", "inotifyd", "mv", "ln", "chmod", "chown",
        "sha256sum", "seq", "free", "ping", "blkid", "find", "swapoff", "swapon",
        "tr", "sort", "sed", "awk", "usleep", "unshare", "nsenter", "setsid", "chrt", "ionice", "pwd",
    ];

    /// <summary>The same as a directory on the host.</summary>
    public static void MakeIn(string root)
    {
        foreach (string name in Directories)
        {
            Directory.CreateDirectory(Path.Combine(root, name));
        }

        File.Copy("/bin/busybox", Path.Combine(root, "bin/busybox"));
        foreach (string applet in Applets)
        {
            File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "/bin/busybox");
        }

        File.WriteAllBytes(Path.Combine(root, "etc/passwd"), Passwd);
        File.WriteAllBytes(Path.Combine(root, "etc/group"), Group);
    }

    public static CpioArchive AddTo(CpioArchive archive, string root)
    {
        archive.Directory(root);
        foreach (string name in Directories)
        {
            archive.Directory($"{root}/{name}");
        }

        archive.File($"{root}/bin/busybox", File.ReadAllBytes("/bin/busybox"), executable: true);
        foreach (string applet in Applets)
        {
            archive.SymbolicLink($"{root}/bin/{applet}", "/bin/busybox");
        }

        return archive.File($"{root}/etc/passwd", Passwd).File($"{root}/etc/group", Group);
    }
}
