using System.Buffers;
using System.Runtime.InteropServices;
using Grpc.Core;

namespace Kata.Ttrpc.Wire;

/// <summary>Hands a received message to its deserializer without copying it. One per connection; the receive loop is its only user.</summary>
/// <param name="mayGiveAway">Whether a message may keep the array that it was received in; the loop asks <see cref="TakeGivenAway"/> after each frame.</param>
internal sealed class PayloadReader(bool mayGiveAway = false) : DeserializationContext
{
    /// <summary>Less is copied.</summary>
    internal const int LeastGivenAway = 64 * 1024;

    /// <summary>An array is kept for no less than this part of it.</summary>
    private const int LeastPart = 4;

    private ReadOnlyMemory<byte> _payload;
    private bool _givenAway;

    public override int PayloadLength => _payload.Length;

    public T Read<T>(Marshaller<T> marshaller, ReadOnlyMemory<byte> payload)
    {
        _payload = payload;
        try
        {
            return marshaller.ContextualDeserializer(this);
        }
        finally
        {
            _payload = default;
        }
    }

    public override byte[] PayloadAsNewBuffer() => _payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(_payload);

    /// <summary>Whether the array of the last frame belongs to somebody else now. Says so once.</summary>
    public bool TakeGivenAway()
    {
        bool given = _givenAway;
        _givenAway = false;
        return given;
    }

    /// <summary>A part of the payload that outlives the frame.</summary>
    public IMemoryOwner<byte> Take(Range part)
    {
        ReadOnlyMemory<byte> bytes = _payload[part];
        if (!mayGiveAway || _givenAway || bytes.Length < LeastGivenAway
            || !MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) || bytes.Length < segment.Array!.Length / LeastPart)
        {
            return PooledBytes.CopyOf(bytes.Span);
        }

        _givenAway = true;
        return new PooledBytes(segment.Array, segment.Offset, segment.Count);
    }
}
