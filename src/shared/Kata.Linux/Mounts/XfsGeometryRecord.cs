using System.Runtime.InteropServices;

namespace Kata.Linux.Mounts;

/// <summary>struct xfs_fsop_geom_v1, as far as it matters.</summary>
[StructLayout(LayoutKind.Explicit, Size = 112)]
internal struct XfsGeometryRecord
{
    [FieldOffset(0)]
    internal uint BlockSize;

    [FieldOffset(28)]
    internal uint InodePercent;

    [FieldOffset(32)]
    internal ulong DataBlocks;
}
