using System.Buffers;
using Google.Protobuf;

namespace Kata.Agent.Processes;

/// <summary>A piece of a process's output in borrowed memory, which goes back when the piece is disposed.</summary>
internal sealed class OutputPiece : IDisposable
{
    /// <summary>The end of a stream.</summary>
    public static readonly OutputPiece End = new(null, 0);

    private byte[]? _rented;
    private PipedOutput? _piped;

    /// <summary>Takes over memory from the shared pool.</summary>
    public OutputPiece(byte[]? rented, int length)
    {
        _rented = rented;
        Bytes = rented is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(rented.AsMemory(0, length));
    }

    /// <summary>Takes over bytes that are in a pipe.</summary>
    public OutputPiece(PipedOutput piped)
    {
        _piped = piped;
        Bytes = ByteString.Empty;
    }

    /// <summary>Whether it is the end of the stream.</summary>
    public bool IsEnd => Bytes.IsEmpty && _piped is null;

    /// <summary>The bytes, valid until the piece is disposed; none at the end of the stream, and none when they are in a pipe.</summary>
    public ByteString Bytes { get; }

    /// <summary>Gives what is in a pipe to the caller; null if the bytes are here.</summary>
    public PipedOutput? TakePiped() => Interlocked.Exchange(ref _piped, null);

    /// <inheritdoc/>
    public void Dispose()
    {
        TakePiped()?.Dispose();
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
