using System.Runtime.InteropServices;

namespace Kata.Linux.Paths;

/// <summary>struct timespec on 64-bit architectures.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpec
{
    /// <summary>UTIME_OMIT: leave the time as it is.</summary>
    internal const long Omit = (1L << 30) - 2;

    internal long Seconds;
    internal long Nanoseconds;
}
