using System.Buffers.Binary;

namespace Kata.Ttrpc.Wire;

/// <summary>The ten bytes before every message: u32 length, u32 stream id (both big endian), u8 type, u8 flags.</summary>
/// <param name="Length">Bytes that follow the header.</param>
/// <param name="StreamId">Odd for streams opened by the client.</param>
/// <param name="Type">What follows.</param>
/// <param name="Flags">How the stream goes on.</param>
internal readonly record struct FrameHeader(uint Length, uint StreamId, MessageType Type, MessageFlags Flags)
{
    public const int Size = 10;

    /// <summary>The largest body a peer accepts: 4 MiB.</summary>
    public const int MaxBodyLength = 4 << 20;

    public static FrameHeader Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32BigEndian(source),
        BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
        (MessageType)source[8],
        (MessageFlags)source[9]);

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Length);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], StreamId);
        destination[8] = (byte)Type;
        destination[9] = (byte)Flags;
    }
}
