using System.Buffers.Binary;
using System.Text;
using Kata.Primitives;

namespace Kata.Linux.Netlink;

/// <summary>Builds one netlink message: header, fixed part, attributes.</summary>
internal sealed class NetlinkRequest
{
    internal const int HeaderSize = 16; // struct nlmsghdr: length 4, type 2, flags 2, sequence 4, port 4
    internal const ushort FlagRequest = 0x1; // NLM_F_REQUEST
    internal const ushort FlagAcknowledge = 0x4; // NLM_F_ACK
    internal const ushort FlagDump = 0x300; // NLM_F_DUMP
    internal const ushort FlagReplace = 0x100; // NLM_F_REPLACE
    internal const ushort FlagExclusive = 0x200; // NLM_F_EXCL
    internal const ushort FlagCreate = 0x400; // NLM_F_CREATE

    private const int AttributeHeaderSize = 4; // sizeof(struct nlattr)
    private const ushort NestedFlag = 0x8000; // NLA_F_NESTED
    private const int MaxSize = 32 * 1024;

    private byte[] _buffer = new byte[256];
    private int _length = HeaderSize;

    internal NetlinkRequest(ushort type, ushort flags)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(6), (ushort)(flags | FlagRequest));
    }

    /// <summary>Whether the kernel answers with many messages.</summary>
    internal bool IsDump => (BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(6)) & FlagDump) == FlagDump;

    /// <summary>Appends zeroed room for the fixed part and returns it.</summary>
    internal Span<byte> Fixed(int size) => Append(size);

    internal NetlinkRequest Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        Span<byte> room = Append(AttributeHeaderSize + value.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(room, (ushort)(AttributeHeaderSize + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(room[2..], type);
        value.CopyTo(room[AttributeHeaderSize..]);
        return this;
    }

    internal NetlinkRequest Attribute(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Attribute(type, bytes);
    }

    /// <summary>A text with its final NUL.</summary>
    internal NetlinkRequest Attribute(ushort type, string value) => Attribute(type, Encoding.UTF8.GetBytes($"{value}\0"));

    /// <summary>Attributes within an attribute.</summary>
    internal NetlinkRequest Nested(ushort type, Action<NetlinkRequest> content)
    {
        int start = _length;
        Attribute((ushort)(type | NestedFlag), []);
        content(this);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(start), checked((ushort)(_length - start)));
        return this;
    }

    /// <summary>The finished message.</summary>
    internal ReadOnlySpan<byte> Finish(uint sequence)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer, (uint)_length);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(8), sequence);
        return _buffer.AsSpan(0, _length);
    }

    private Span<byte> Append(int size)
    {
        int padded = (size + 3) & ~3;
        if (_length + padded > MaxSize)
        {
            throw KataException.Invalid($"a netlink request is larger than {MaxSize} bytes");
        }

        if (_length + padded > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + padded));
        }

        Span<byte> room = _buffer.AsSpan(_length, size);
        _length += padded;
        return room;
    }
}
