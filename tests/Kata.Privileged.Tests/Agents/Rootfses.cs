namespace Kata.Privileged.Tests.Agents;

/// <summary>Root file systems for containers, made from the machine's static busybox.</summary>
internal static class Rootfses
{
    private static readonly string[] Applets =
        ["sh", "cat", "echo", "sleep", "true", "false", "id", "hostname", "ls", "mount", "grep", "dd", "kill", "stat", "wc", "head", "tty", "stty", "test", "ulimit", "touch", "mkdir", "mknod", "readlink", "ps", "env", "umount", "unshare", "nsenter", "ip", "tail", "seq", "rm", "ionice", "chrt", "uname", "mkfifo", "pwd", "setsid", "cut", "tr", "usleep", "ln", "mv", "sort"];

    public static void MakeBusybox(string directory)
    {
        foreach (string name in (string[])["bin", "etc", "tmp", "proc", "sys", "dev"])
        {
            Directory.CreateDirectory(Path.Combine(directory, name));
        }

        File.Copy("/usr/bin/busybox", Path.Combine(directory, "bin/busybox"));
        foreach (string applet in Applets)
        {
            File.CreateSymbolicLink(Path.Combine(directory, "bin", applet), "/bin/busybox");
        }

        File.WriteAllText(Path.Combine(directory, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/srv:/bin/sh\n");
        File.WriteAllText(Path.Combine(directory, "etc/group"), "root:x:0:\nweb:x:34:\naudio:x:29:web\n");
        File.WriteAllText(Path.Combine(directory, "etc/plain"), "not a program\n");
    }
}
