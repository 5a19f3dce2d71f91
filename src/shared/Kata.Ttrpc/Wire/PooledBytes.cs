using System.Buffers;

namespace Kata.Ttrpc.Wire;

/// <summary>A part of an array that was rented from the shared pool, which gets it back when this is disposed.</summary>
internal sealed class PooledBytes(byte[] rented, int offset, int length) : IMemoryOwner<byte>
{
    private byte[]? _rented = rented;

    public Memory<byte> Memory =>
        _rented is { } bytes ? bytes.AsMemory(offset, length) : throw new ObjectDisposedException(nameof(IMemoryOwner<>));

    public static PooledBytes CopyOf(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(copy);
        return new PooledBytes(copy, 0, bytes.Length);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } bytes)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
