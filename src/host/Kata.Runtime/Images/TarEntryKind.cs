namespace Kata.Runtime.Images;

/// <summary>What an entry of an archive is.</summary>
public enum TarEntryKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A further name of a file.</summary>
    HardLink,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A FIFO.</summary>
    Fifo,
}
