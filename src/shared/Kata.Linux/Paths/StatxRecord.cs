using System.Runtime.InteropServices;

namespace Kata.Linux.Paths;

/// <summary>struct statx. The size is the kernel's; the end is reserved.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxRecord
{
    [FieldOffset(0)]
    internal uint Mask;

    [FieldOffset(4)]
    internal uint BlockSize;

    [FieldOffset(8)]
    internal ulong Attributes;

    [FieldOffset(16)]
    internal uint Links;

    [FieldOffset(20)]
    internal uint UserId;

    [FieldOffset(24)]
    internal uint GroupId;

    [FieldOffset(28)]
    internal ushort Mode;

    [FieldOffset(32)]
    internal ulong Inode;

    [FieldOffset(40)]
    internal ulong Size;

    [FieldOffset(48)]
    internal ulong Blocks;

    [FieldOffset(56)]
    internal ulong AttributesMask;

    [FieldOffset(112)]
    internal long ModifiedSeconds;

    [FieldOffset(120)]
    internal uint ModifiedNanoseconds;

    [FieldOffset(128)]
    internal uint RdevMajor;

    [FieldOffset(132)]
    internal uint RdevMinor;

    [FieldOffset(136)]
    internal uint DeviceMajor;

    [FieldOffset(140)]
    internal uint DeviceMinor;

    [FieldOffset(144)]
    internal ulong MountId;
}
