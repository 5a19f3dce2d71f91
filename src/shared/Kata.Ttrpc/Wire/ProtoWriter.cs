using System.Text;

namespace Kata.Ttrpc.Wire;

/// <summary>Writes protobuf fields one after the other into a span that the caller has made large enough.</summary>
internal ref struct ProtoWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    /// <summary>Bytes written so far.</summary>
    public int Written { get; private set; }

    public static int VarintSize(ulong value) => (63 - System.Numerics.BitOperations.LeadingZeroCount(value | 1)) / 7 + 1;

    /// <summary>Size of a length-delimited field with a number below 16.</summary>
    public static int BytesFieldSize(int length) => 1 + VarintSize((ulong)length) + length;

    /// <summary>Size of a string field with a number below 16; empty strings are not written.</summary>
    public static int StringFieldSize(string value) => value.Length == 0 ? 0 : BytesFieldSize(Encoding.UTF8.GetByteCount(value));

    public void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _destination[Written++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _destination[Written++] = (byte)value;
    }

    public void VarintField(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
    }

    /// <summary>The tag and length of a field whose bytes the caller writes next.</summary>
    public void BytesHeader(int field, int length)
    {
        Varint(((ulong)field << 3) | (ulong)WireType.Bytes);
        Varint((ulong)length);
    }

    public void StringField(int field, string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        BytesHeader(field, Encoding.UTF8.GetByteCount(value));
        Written += Encoding.UTF8.GetBytes(value, _destination[Written..]);
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[Written..]);
        Written += bytes.Length;
    }
}
