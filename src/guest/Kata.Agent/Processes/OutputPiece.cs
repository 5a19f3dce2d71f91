using System.Buffers;
using Google.Protobuf;

namespace Kata.Agent.Processes;

/// <summary>A piece of a process's output in borrowed memory, which goes back when the piece is disposed.</summary>
internal sealed class OutputPiece : IDisposable
{
    /// <summary>The end of a stream.</summary>
    public static readonly OutputPiece End = new(null, 0);

    private byte[]? _rented;

    /// <summary>Takes over memory from the shared pool.</summary>
    public OutputPiece(byte[]? rented, int length)
    {
        _rented = rented;
        Bytes = rented is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(rented.AsMemory(0, length));
    }

    /// <summary>The bytes, valid until the piece is disposed; none at the end of the stream.</summary>
    public ByteString Bytes { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
