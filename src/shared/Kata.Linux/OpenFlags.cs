namespace Kata.Linux;

/// <summary>Access modes and flags of open(2) that are the same on x86-64 and arm64.</summary>
/// <remarks>O_DIRECTORY, O_NOFOLLOW and O_DIRECT differ between the two; see <see cref="OpenFlagsPerArchitecture"/>.</remarks>
[Flags]
public enum OpenFlags
{
    /// <summary>For reading (O_RDONLY).</summary>
    ReadOnly = 0,

    /// <summary>For writing (O_WRONLY).</summary>
    WriteOnly = 1,

    /// <summary>For both (O_RDWR).</summary>
    ReadWrite = 2,

    /// <summary>Make the file if there is none (O_CREAT).</summary>
    Create = 0x40,

    /// <summary>Fail if there is a file (O_EXCL).</summary>
    Exclusive = 0x80,

    /// <summary>A terminal that is opened does not become the controlling one (O_NOCTTY).</summary>
    NoControllingTerminal = 0x100,

    /// <summary>Empty the file (O_TRUNC).</summary>
    Truncate = 0x200,

    /// <summary>Write at the end (O_APPEND).</summary>
    Append = 0x400,

    /// <summary>Do not block (O_NONBLOCK).</summary>
    NonBlocking = 0x800,

    /// <summary>Close on execve (O_CLOEXEC).</summary>
    CloseOnExec = 0x80000,

    /// <summary>A handle on the path alone (O_PATH).</summary>
    Path = 0x200000,
}
