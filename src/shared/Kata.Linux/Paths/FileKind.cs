namespace Kata.Linux.Paths;

/// <summary>What a file is; the values are the S_IF* bits of st_mode.</summary>
public enum FileKind : uint
{
    /// <summary>Not known: the file system did not say.</summary>
    Unknown = 0,

    /// <summary>A FIFO.</summary>
    Fifo = 0x1000,

    /// <summary>A character device.</summary>
    CharacterDevice = 0x2000,

    /// <summary>A directory.</summary>
    Directory = 0x4000,

    /// <summary>A block device.</summary>
    BlockDevice = 0x6000,

    /// <summary>A regular file.</summary>
    Regular = 0x8000,

    /// <summary>A symbolic link.</summary>
    SymbolicLink = 0xA000,

    /// <summary>A unix socket.</summary>
    Socket = 0xC000,
}
