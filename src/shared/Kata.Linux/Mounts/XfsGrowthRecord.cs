using System.Runtime.InteropServices;

namespace Kata.Linux.Mounts;

/// <summary>struct xfs_growfs_data.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XfsGrowthRecord
{
    internal ulong Blocks;
    internal uint InodePercent;
    private readonly uint _padding;
}
