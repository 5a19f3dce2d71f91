namespace Kata.Linux.Processes;

/// <summary>Names of clone flags for messages. Asking the enumeration for them takes reflection, which costs each start of a guest some milliseconds.</summary>
internal static class CloneFlagNames
{
    /// <summary>What the flag makes, or the flags as a hexadecimal number when there are several.</summary>
    internal static string Name(this CloneFlags flags) => flags switch
    {
        CloneFlags.NewTime => "time",
        CloneFlags.NewNs => "mount",
        CloneFlags.NewCgroup => "cgroup",
        CloneFlags.NewUts => "uts",
        CloneFlags.NewIpc => "ipc",
        CloneFlags.NewUser => "user",
        CloneFlags.NewPid => "pid",
        CloneFlags.NewNet => "network",
        _ => $"0x{(uint)flags:x}",
    };
}
