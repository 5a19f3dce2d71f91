using System.Runtime.InteropServices;

namespace Kata.Linux.Sockets;

/// <summary>struct msghdr of 64-bit architectures.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    internal void* Name;
    internal uint NameLength;
    internal IoVector* Vectors;
    internal nuint VectorCount;
    internal byte* Control;
    internal nuint ControlLength;
    internal int Flags;
}
