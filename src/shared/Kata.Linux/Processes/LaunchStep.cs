using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>One system call of the child. The machine code knows the offsets and the size.</summary>
[StructLayout(LayoutKind.Explicit, Size = 104)]
internal unsafe struct LaunchStep
{
    /// <summary>The number of the call.</summary>
    [FieldOffset(0)]
    internal long Number;

    /// <summary>Its arguments.</summary>
    [FieldOffset(8)]
    internal fixed long Arguments[6];

    /// <summary>Where to take the first argument from, if not null.</summary>
    [FieldOffset(56)]
    internal long* Load;

    /// <summary>Where to put the result, if not null; failures too.</summary>
    [FieldOffset(64)]
    internal long* Store;

    /// <summary>The smallest result that is success: 0 for almost every call.</summary>
    [FieldOffset(72)]
    internal long Minimum;

    /// <summary>The errnos that do not matter, as a set of bits 0 to 191.</summary>
    [FieldOffset(80)]
    internal fixed ulong Ignore[3];
}
