using A = Kata.Linux.Mounts.MountAttributes;
using F = Kata.Linux.Mounts.MountFlags;

namespace Kata.Linux.Mounts;

/// <summary>What mount option words mean. Decisions in code rather than tables: a guest that starts reads a few words, and making tables would cost it more.</summary>
internal static class MountOptionWords
{
    /// <summary>The flags a word sets and clears; null when it is none of these.</summary>
    internal static (F Set, F Clear)? Flag(string word) => word switch
    {
        "async" => (0, F.Synchronous),
        "sync" => (F.Synchronous, 0),
        "ro" => (F.ReadOnly, 0),
        "rw" => (0, F.ReadOnly),
        "nosuid" => (F.NoSetId, 0),
        "suid" => (0, F.NoSetId),
        "nodev" => (F.NoDevices, 0),
        "dev" => (0, F.NoDevices),
        "noexec" => (F.NoExecute, 0),
        "exec" => (0, F.NoExecute),
        "nosymfollow" => (F.NoSymlinkFollow, 0),
        "symfollow" => (0, F.NoSymlinkFollow),
        "remount" => (F.Remount, 0),
        "mand" => (F.MandatoryLocks, 0),
        "nomand" => (0, F.MandatoryLocks),
        "dirsync" => (F.DirectorySync, 0),
        "noatime" => (F.NoAccessTimes, F.RelativeAccessTimes | F.StrictAccessTimes),
        "atime" => (0, F.NoAccessTimes),
        "nodiratime" => (F.NoDirectoryAccessTimes, 0),
        "diratime" => (0, F.NoDirectoryAccessTimes),
        "relatime" => (F.RelativeAccessTimes, F.NoAccessTimes | F.StrictAccessTimes),
        "norelatime" => (0, F.RelativeAccessTimes),
        "strictatime" => (F.StrictAccessTimes, F.NoAccessTimes | F.RelativeAccessTimes),
        "nostrictatime" => (0, F.StrictAccessTimes),
        "lazytime" => (F.LazyTimes, 0),
        "nolazytime" => (0, F.LazyTimes),
        "iversion" => (F.InodeVersion, 0),
        "noiversion" => (0, F.InodeVersion),
        "silent" => (F.Silent, 0),
        "loud" => (0, F.Silent),
        "bind" => (F.Bind, 0),
        "rbind" => (F.Bind | F.Recursive, 0),
        "defaults" => (0, F.ReadOnly | F.NoSetId | F.NoDevices | F.NoExecute | F.Synchronous),
        _ => null,
    };

    /// <summary>The propagation a word names; null when it is none of these.</summary>
    internal static F? Propagation(string word) => word switch
    {
        "private" => F.Private,
        "rprivate" => F.Private | F.Recursive,
        "shared" => F.Shared,
        "rshared" => F.Shared | F.Recursive,
        "slave" => F.Slave,
        "rslave" => F.Slave | F.Recursive,
        "unbindable" => F.Unbindable,
        "runbindable" => F.Unbindable | F.Recursive,
        _ => null,
    };

    /// <summary>The attributes a word sets and clears on a mount and everything below; null when it is none of these.</summary>
    internal static (A Set, A Clear)? Recursive(string word) => word switch
    {
        "rro" => (A.ReadOnly, 0),
        "rrw" => (0, A.ReadOnly),
        "rnosuid" => (A.NoSetId, 0),
        "rsuid" => (0, A.NoSetId),
        "rnodev" => (A.NoDevices, 0),
        "rdev" => (0, A.NoDevices),
        "rnoexec" => (A.NoExecute, 0),
        "rexec" => (0, A.NoExecute),
        "rnodiratime" => (A.NoDirectoryAccessTimes, 0),
        "rdiratime" => (0, A.NoDirectoryAccessTimes),
        "rnosymfollow" => (A.NoSymlinkFollow, 0),
        "rsymfollow" => (0, A.NoSymlinkFollow),

        // The access time mode is one field in which 0 is relatime: "the opposite" of a mode means "back to the default".
        "rrelatime" => (0, A.AccessTimeMask),
        "rnorelatime" => (A.StrictAccessTimes, A.AccessTimeMask),
        "rnoatime" => (A.NoAccessTimes, A.AccessTimeMask),
        "ratime" => (0, A.AccessTimeMask),
        "rstrictatime" => (A.StrictAccessTimes, A.AccessTimeMask),
        "rnostrictatime" => (0, A.AccessTimeMask),
        _ => null,
    };

    /// <summary>Whether a word is for mount(8) or systemd: the kernel would refuse it.</summary>
    internal static bool IsForTools(string word) =>
        word is "auto" or "noauto" or "nofail" or "_netdev" or "user" or "nouser" or "users" or "owner" or "group";
}
