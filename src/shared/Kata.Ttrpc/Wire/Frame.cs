using System.Buffers;
using System.Buffers.Binary;

namespace Kata.Ttrpc.Wire;

/// <summary>
/// One serialized frame, header included, in an array rented from the shared pool, up to a tail that may be elsewhere. <see cref="Release"/> it exactly once.
/// </summary>
internal readonly struct Frame(byte[] rented, int offset, int length, IReplyTail? tail = null)
{
    /// <summary>Of all of it.</summary>
    public int Length => length + (tail?.Length ?? 0);

    /// <summary>What follows <see cref="Memory"/>; null: nothing.</summary>
    public IReplyTail? Tail => tail;

    public ReadOnlyMemory<byte> Memory => rented.AsMemory(offset, length);

    /// <summary>Client stream ids must go out in rising order, so they are assigned when the frame is queued, after it was serialized.</summary>
    public void SetStreamId(uint streamId) => BinaryPrimitives.WriteUInt32BigEndian(rented.AsSpan(offset + 4), streamId);

    public void Release()
    {
        ArrayPool<byte>.Shared.Return(rented);
        tail?.Dispose();
    }
}
