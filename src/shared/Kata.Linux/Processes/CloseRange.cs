using System.Globalization;
using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>Whether the kernel has close_range(2) (Linux 5.9), and what to do without.</summary>
internal static partial class CloseRange
{
    /// <summary>Whether the kernel has the call.</summary>
    internal static bool IsSupported { get; } = Probe();

    /// <summary>The numbers of the descriptors that are open now; a few may have been closed since.</summary>
    internal static int[] ListOpen() =>
        [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(entry => int.Parse(Path.GetFileName(entry), CultureInfo.InvariantCulture))];

    // The highest number there can be: nothing is open there.
    private static bool Probe() => NativeCloseRange((nint)SystemCallNumbers.CloseRange, uint.MaxValue, uint.MaxValue, 0) == 0;

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint NativeCloseRange(nint number, uint first, uint last, uint flags);
}
