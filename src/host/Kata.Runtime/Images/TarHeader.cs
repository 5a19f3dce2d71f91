using System.Text;

using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>The 512-byte block in front of every entry: POSIX ustar, GNU, or the old form that both extend.</summary>
internal readonly ref struct TarHeader
{
    public const int Size = 512;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _block;

    private TarHeader(ReadOnlySpan<byte> block) => _block = block;

    public char Type => _block[156] == 0 ? '0' : (char)_block[156];

    public uint Mode => (uint)Number(100, 8) & 0xFFF;

    public uint UserId => Id(108);

    public uint GroupId => Id(116);

    public long DataSize => Number(124, 12);

    public long ModifiedSeconds => Number(136, 12);

    public string LinkTarget => Text(_block.Slice(157, 100));

    public uint DeviceMajor => IsExtended ? (uint)Number(329, 8) : 0;

    public uint DeviceMinor => IsExtended ? (uint)Number(337, 8) : 0;

    public string Name
    {
        get
        {
            string name = Text(_block[..100]);
            // GNU archives keep other things where POSIX has the prefix.
            string prefix = _block.Slice(257, 6).SequenceEqual("ustar\0"u8) ? Text(_block.Slice(345, 155)) : "";
            return prefix.Length == 0 ? name : $"{prefix}/{name}";
        }
    }

    private bool IsExtended => _block.Slice(257, 5).SequenceEqual("ustar"u8);

    /// <summary>Checks a block.</summary>
    /// <exception cref="KataException">InvalidArgument: the checksum does not fit, so this is no header.</exception>
    public static TarHeader Parse(ReadOnlySpan<byte> block)
    {
        var header = new TarHeader(block);
        long sum = 0;
        for (int i = 0; i < Size; i++)
        {
            // The checksum counts its own field as spaces.
            sum += i is >= 148 and < 156 ? ' ' : block[i];
        }

        return header.Number(148, 8) == sum ? header : throw KataException.Invalid("not a tar archive, or a damaged one: the checksum of a header is wrong");
    }

    /// <summary>Text of an archive; names that are no UTF-8 would come out as other names, so they are refused.</summary>
    public static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        try
        {
            return StrictUtf8.GetString(end < 0 ? field : field[..end]);
        }
        catch (DecoderFallbackException error)
        {
            throw KataException.Invalid("a name in the archive is not UTF-8, which is not supported", error);
        }
    }

    private uint Id(int offset)
    {
        long id = Number(offset, 8);
        return id is >= 0 and < uint.MaxValue ? (uint)id : throw KataException.Invalid($"the archive has an owner with the impossible id {id}");
    }

    /// <summary>An octal number with any padding, or the binary form GNU uses for what does not fit.</summary>
    private long Number(int offset, int length)
    {
        ReadOnlySpan<byte> field = _block.Slice(offset, length);
        if ((field[0] & 0x80) != 0)
        {
            return BinaryNumber(field);
        }

        long value = 0;
        foreach (byte digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                throw KataException.Invalid("not a tar archive, or a damaged one: a number in a header is malformed");
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }

    private static long BinaryNumber(ReadOnlySpan<byte> field)
    {
        bool negative = (field[0] & 0x40) != 0;
        long value = negative ? -1 : 0;
        for (int i = 0; i < field.Length; i++)
        {
            byte digit = i == 0 ? (byte)(negative ? field[0] | 0x80 : field[0] & 0x7F) : field[i];
            if (value is > (long.MaxValue >> 8) or < (long.MinValue >> 8))
            {
                throw KataException.Invalid("not a tar archive, or a damaged one: a number in a header is too large");
            }

            value = (value << 8) | digit;
        }

        return value;
    }
}
