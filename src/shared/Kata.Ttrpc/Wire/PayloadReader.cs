using System.Buffers;
using Grpc.Core;

namespace Kata.Ttrpc.Wire;

/// <summary>Hands a received message to its deserializer without copying it. One per connection; the receive loop is its only user.</summary>
internal sealed class PayloadReader : DeserializationContext
{
    private ReadOnlyMemory<byte> _payload;

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
}
