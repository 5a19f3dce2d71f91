using System.Runtime.InteropServices;

namespace Kata.Linux.Events;

/// <summary>
/// struct epoll_event. On x86-64 the kernel packs it to 12 bytes, elsewhere it has 16; the accessors below know.
/// </summary>
internal static unsafe class EpollEvent
{
    internal const uint Readable = 0x1; // EPOLLIN
    internal const uint OneShot = 1u << 30; // EPOLLONESHOT

    /// <summary>The size of one event.</summary>
    internal static int Size { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private static int DataOffset => Size - sizeof(long);

    /// <summary>Writes one event.</summary>
    internal static void Write(byte* at, uint events, long data)
    {
        *(uint*)at = events;
        *(long*)(at + DataOffset) = data;
    }

    /// <summary>The data of one event.</summary>
    internal static long ReadData(byte* at) => *(long*)(at + DataOffset);
}
