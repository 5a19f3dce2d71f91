namespace Kata.Linux.Processes;

/// <summary>Kinds of namespaces, as clone(2), unshare(2) and setns(2) name them.</summary>
[Flags]
public enum CloneFlags : ulong
{
    /// <summary>No new namespace.</summary>
    None = 0,

    /// <summary>Time (CLONE_NEWTIME). Only unshare and setns take it: its bit means something else to clone.</summary>
    NewTime = 0x80,

    /// <summary>Own working directory, root and umask, for unshare (CLONE_FS).</summary>
    OwnFileSystemInfo = 0x200,

    /// <summary>Mounts (CLONE_NEWNS).</summary>
    NewNs = 0x20000,

    /// <summary>Cgroup root (CLONE_NEWCGROUP).</summary>
    NewCgroup = 0x02000000,

    /// <summary>Host name (CLONE_NEWUTS).</summary>
    NewUts = 0x04000000,

    /// <summary>System V IPC and message queues (CLONE_NEWIPC).</summary>
    NewIpc = 0x08000000,

    /// <summary>Users and groups (CLONE_NEWUSER).</summary>
    NewUser = 0x10000000,

    /// <summary>Process ids (CLONE_NEWPID).</summary>
    NewPid = 0x20000000,

    /// <summary>Network (CLONE_NEWNET).</summary>
    NewNet = 0x40000000,
}
