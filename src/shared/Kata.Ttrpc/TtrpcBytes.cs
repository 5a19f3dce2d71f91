using System.Buffers;
using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc;

/// <summary>For deserializers of replies that are mostly one field of bytes: takes it without a copy.</summary>
/// <remarks>A message of two megabytes is otherwise copied into an array of its own, whose pages the kernel first has to find and to clear.</remarks>
public static class TtrpcBytes
{
    /// <summary>For the replies of a method: takes one field of each. It cannot write.</summary>
    /// <param name="field">As <see cref="Take"/> has it.</param>
    public static Marshaller<IMemoryOwner<byte>> MarshallerOf(int field) => Marshallers.Create<IMemoryOwner<byte>>(
        (_, _) => throw new NotSupportedException("bytes that were taken from replies are not sent"), context => Take(context, field));

    /// <summary>Takes the bytes of one field of a protobuf message; every other field is left out.</summary>
    /// <param name="context">What the deserializer was given.</param>
    /// <param name="field">The number of a field of type <c>bytes</c> or <c>string</c>; the last one counts if it is there twice, as in all of protobuf.</param>
    /// <returns>
    /// Exactly the field's bytes; none if it is not there. Large ones are the very memory they were received in, the others a copy. To be disposed once they are
    /// not needed any more, after which nobody may touch them; one that is not disposed is garbage like any other.
    /// </returns>
    /// <exception cref="InvalidDataException">Not a protobuf message, or the field is of another type.</exception>
    public static IMemoryOwner<byte> Take(DeserializationContext context, int field)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(field);
        ReadOnlySequence<byte> payload = context.PayloadAsReadOnlySequence();
        ReadOnlySpan<byte> message = payload.IsSingleSegment ? payload.FirstSpan : payload.ToArray();
        Range bytes = Find(message, field);
        return context is PayloadReader reader ? reader.Take(bytes) : PooledBytes.CopyOf(message[bytes]);
    }

    private static Range Find(ReadOnlySpan<byte> message, int wanted)
    {
        Range found = 0..0;
        var reader = new ProtoReader(message);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out int field, out WireType type))
            {
                throw Malformed("a tag", reader.Position);
            }

            if (field == wanted && (type != WireType.Bytes || !reader.TryReadRange(out found)))
            {
                throw Malformed($"field {field}, which should be bytes", reader.Position);
            }

            if (field != wanted && !reader.TrySkip(type))
            {
                throw Malformed($"field {field}", reader.Position);
            }
        }

        return found;
    }

    private static InvalidDataException Malformed(string what, int position) => new($"{what} cannot be read, at byte {position}");
}
