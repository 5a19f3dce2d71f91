using System.Runtime.InteropServices;

namespace Kata.Linux.Tests.Processes;

/// <summary>Calls that tests make to prepare things.</summary>
internal static partial class NativeMethods
{
    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    internal static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    internal static partial int Control(int option, nint argument);

    [LibraryImport("libc", EntryPoint = "signal")]
    internal static partial nint SetHandler(int signal, nint handler);
}
