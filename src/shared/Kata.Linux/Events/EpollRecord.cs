using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Kata.Linux.Events;

/// <summary>struct epoll_event, which is packed on x86-64 and only there.</summary>
internal static class EpollRecord
{
    internal const int MaxSize = 16;

    private static readonly bool Packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    internal static int Size => Packed ? 12 : 16;

    private static int DataOffset => Packed ? 4 : 8;

    internal static void Write(Span<byte> record, uint events, ulong data)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(record, events);
        BinaryPrimitives.WriteUInt64LittleEndian(record[DataOffset..], data);
    }

    internal static (uint Events, ulong Data) Read(ReadOnlySpan<byte> record) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(record), BinaryPrimitives.ReadUInt64LittleEndian(record[DataOffset..]));
}
