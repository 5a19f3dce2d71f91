using System.Buffers;
using System.Buffers.Binary;

namespace Kata.Ttrpc.Wire;

/// <summary>One serialized frame, header included, in an array rented from the shared pool. <see cref="Release"/> it exactly once.</summary>
internal readonly struct Frame(byte[] rented, int offset, int length)
{
    public int Length => length;

    public ReadOnlyMemory<byte> Memory => rented.AsMemory(offset, length);

    /// <summary>Client stream ids must go out in rising order, so they are assigned when the frame is queued, after it was serialized.</summary>
    public void SetStreamId(uint streamId) => BinaryPrimitives.WriteUInt32BigEndian(rented.AsSpan(offset + 4), streamId);

    public void Release() => ArrayPool<byte>.Shared.Return(rented);
}
