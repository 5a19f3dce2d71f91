using System.IO.Compression;

using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Recognizes how a layer or an archive is compressed by its first bytes: media types and file names are not always right.</summary>
internal static class LayerStream
{
    private const int MagicLength = 4;

    /// <summary>The uncompressed form of a stream.</summary>
    /// <param name="stream">At the start of the data; owned by the result.</param>
    /// <param name="name">What it is, for errors.</param>
    /// <exception cref="KataException">Unsupported: compressed in a way this build does not know.</exception>
    public static Stream Decompress(Stream stream, string name)
    {
        byte[] start = new byte[MagicLength];
        int length = stream.ReadAtLeast(start, MagicLength, throwOnEndOfStream: false);
        var whole = new PrefixedStream(start.AsMemory(0, length), stream);
        ReadOnlySpan<byte> magic = start.AsSpan(0, length);
        if (magic.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
        {
            return new GZipStream(whole, CompressionMode.Decompress);
        }

        if (magic.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
        {
            return new ZstandardStream(whole);
        }

        return magic.StartsWith("BZh"u8) ? throw Refused(name, "bzip2")
            : magic.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X']) ? throw Refused(name, "xz")
            : whole;
    }

    /// <summary>True if the stream, at its start, is compressed in any way. Leaves the stream at its start.</summary>
    public static bool IsCompressed(Stream seekable)
    {
        Span<byte> magic = stackalloc byte[2];
        int length = seekable.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        seekable.Seek(-length, SeekOrigin.Current);
        return length == magic.Length && (magic[0], magic[1]) is (0x1F, 0x8B) or (0x28, 0xB5) or ((byte)'B', (byte)'Z') or (0xFD, (byte)'7');
    }

    private static KataException Refused(string name, string method) =>
        KataException.Unsupported($"{name} is compressed by {method}, which is not supported; use gzip, Zstandard or no compression, for example: skopeo copy --dest-compress-format gzip");
}
