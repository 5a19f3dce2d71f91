using System.Runtime.InteropServices;

namespace Kata.Linux;

/// <summary>Flags of open(2) whose values depend on the architecture.</summary>
public static class OpenFlagsPerArchitecture
{
    private static readonly bool Arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Fail unless it is a directory (O_DIRECTORY).</summary>
    public static OpenFlags Directory => (OpenFlags)(Arm64 ? 0x4000 : 0x10000);

    /// <summary>Fail if the last component is a symbolic link (O_NOFOLLOW).</summary>
    public static OpenFlags NoFollow => (OpenFlags)(Arm64 ? 0x8000 : 0x20000);

    /// <summary>An unnamed file in a directory (O_TMPFILE).</summary>
    public static OpenFlags TemporaryFile => Directory | (OpenFlags)0x400000;
}
