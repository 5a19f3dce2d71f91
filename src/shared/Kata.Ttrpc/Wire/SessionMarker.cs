namespace Kata.Ttrpc.Wire;

/// <summary>
/// The body of a session frame: 16 fixed bytes and 16 random ones. The server answers with the same frame, so that a client knows where the bytes
/// meant for it begin.
/// </summary>
internal static class SessionMarker
{
    public const int Length = 32;

    private const int MagicLength = 16;

    private static ReadOnlySpan<byte> Magic => [0x6b, 0x61, 0x74, 0x61, 0x00, 0xff, 0x74, 0x74, 0x72, 0x70, 0x63, 0x00, 0xfe, 0x73, 0x65, 0x73];

    public static bool IsMarker(ReadOnlySpan<byte> body) => body.Length == Length && body.StartsWith(Magic);

    /// <summary>Whether the bytes are a whole frame as <see cref="Request"/> makes it.</summary>
    public static bool IsRequestFrame(ReadOnlySpan<byte> bytes) =>
        bytes.Length == FrameHeader.Size + Length
        && FrameHeader.Read(bytes) == new FrameHeader(Length, uint.MaxValue, MessageType.Session, MessageFlags.None)
        && IsMarker(bytes[FrameHeader.Size..]);

    public static byte[] Create()
    {
        byte[] marker = new byte[Length];
        Magic.CopyTo(marker);

        // Random enough to tell sessions apart, and without loading OpenSSL as the cryptographic classes do.
        Guid.NewGuid().TryWriteBytes(marker.AsSpan(MagicLength));
        return marker;
    }

    public static Frame Request(ReadOnlySpan<byte> marker) => FrameBuilder.Raw(uint.MaxValue, MessageType.Session, MessageFlags.None, marker);

    public static Frame Reply(ReadOnlySpan<byte> marker) => FrameBuilder.Raw(uint.MaxValue, MessageType.Session, MessageFlags.RemoteClosed, marker);
}
