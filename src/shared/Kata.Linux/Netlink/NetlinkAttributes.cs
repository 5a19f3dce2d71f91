using System.Buffers.Binary;
using System.Text;

namespace Kata.Linux.Netlink;

/// <summary>Walks over attributes. Stops at the first that is malformed.</summary>
internal ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    private const int HeaderSize = 4; // sizeof(struct nlattr)
    private const ushort TypeMask = 0x3FFF; // the two highest bits are flags

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The present attribute's type.</summary>
    public ushort Type { get; private set; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Its value as a number; 0 if it has another size.</summary>
    public readonly uint Number => Value.Length == sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(Value) : 0;

    /// <summary>Its value as text without the final NUL.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Value.IndexOf((byte)0) is var end and >= 0 ? Value[..end] : Value);

    /// <summary>Goes to the next attribute.</summary>
    public bool MoveNext()
    {
        if (_rest.Length < HeaderSize)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        if (length < HeaderSize || length > _rest.Length)
        {
            return false;
        }

        Type = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]) & TypeMask);
        Value = _rest[HeaderSize..length];
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }
}
