using System.Runtime.InteropServices;

namespace Kata.Linux.Paths;

/// <summary>struct open_how of openat2(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenHow
{
    internal ulong Flags;
    internal ulong Mode;
    internal ulong Resolve;
}
