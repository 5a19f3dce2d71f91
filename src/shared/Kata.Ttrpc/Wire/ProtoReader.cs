namespace Kata.Ttrpc.Wire;

/// <summary>Walks the fields of one protobuf message without allocating. Every method returns false on malformed input and never throws.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;

    /// <summary>Where the next byte is read.</summary>
    public int Position { get; private set; }

    public readonly bool AtEnd => Position == _message.Length;

    public bool TryReadTag(out int field, out WireType type)
    {
        bool read = TryReadVarint(out ulong tag);
        field = (int)(tag >> 3);
        type = (WireType)(tag & 7);
        return read && tag <= uint.MaxValue && field > 0;
    }

    public bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && Position < _message.Length; shift += 7)
        {
            byte next = _message[Position++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    public bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        if (!TryReadVarint(out ulong length) || length > (ulong)(_message.Length - Position))
        {
            bytes = default;
            return false;
        }

        bytes = _message.Slice(Position, (int)length);
        Position += (int)length;
        return true;
    }

    /// <summary>Where the bytes of a length-delimited field lie in the message.</summary>
    public bool TryReadRange(out Range range)
    {
        bool read = TryReadBytes(out ReadOnlySpan<byte> bytes);
        range = (Position - bytes.Length)..Position;
        return read;
    }

    public bool TrySkip(WireType type) => type switch
    {
        WireType.Varint => TryReadVarint(out _),
        WireType.Bytes => TryReadBytes(out _),
        WireType.Fixed32 => TryAdvance(4),
        WireType.Fixed64 => TryAdvance(8),
        _ => false, // groups: proto3 has none
    };

    private bool TryAdvance(int count)
    {
        if (count > _message.Length - Position)
        {
            return false;
        }

        Position += count;
        return true;
    }
}
