namespace Kata.Linux.Paths;

/// <summary>How openat2(2) may resolve a path.</summary>
[Flags]
public enum ResolveFlags : ulong
{
    /// <summary>As open(2) does.</summary>
    None = 0,

    /// <summary>Do not cross a mount point, bind mounts included (RESOLVE_NO_XDEV).</summary>
    NoMounts = 0x01,

    /// <summary>Do not follow the magic links of procfs (RESOLVE_NO_MAGICLINKS).</summary>
    NoMagicLinks = 0x02,

    /// <summary>Do not follow any symbolic link (RESOLVE_NO_SYMLINKS).</summary>
    NoSymlinks = 0x04,

    /// <summary>Fail when the path leaves the directory: absolute paths, absolute links, too many <c>..</c> (RESOLVE_BENEATH).</summary>
    Beneath = 0x08,

    /// <summary>Take the directory as root: absolute paths and links start there, <c>..</c> stops there (RESOLVE_IN_ROOT).</summary>
    InRoot = 0x10,

    /// <summary>For trees that an image made: links are followed inside the tree. Nothing outside is ever reached.</summary>
    Chrooted = InRoot | NoMagicLinks,

    /// <summary>For trees that a hostile guest or container may be changing: no link of any kind is followed.</summary>
    Strict = InRoot | NoMagicLinks | NoSymlinks,
}
