using System.Runtime.InteropServices;

namespace Kata.Linux.Paths;

/// <summary>What is taken off the permissions of files that are made: umask(2).</summary>
public static partial class CreationMask
{
    /// <summary>Sets it, for all threads that share root and working directory with the caller: those of the process, but for such as have left them.</summary>
    /// <param name="mask">Permission bits, at most 0777.</param>
    /// <returns>What it was.</returns>
    public static uint Set(uint mask) => NativeMask(mask);

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint NativeMask(uint mask);
}
