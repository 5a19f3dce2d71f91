using System.Runtime.InteropServices;

namespace Kata.Linux.Mounts;

/// <summary>struct mount_attr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MountAttributeRecord
{
    internal ulong Set;
    internal ulong Clear;
    internal ulong Propagation;
    internal ulong UserNamespace;
}
