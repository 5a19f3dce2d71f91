using System.Buffers;
using System.Runtime.CompilerServices;
using Kata.Linux.Events;
using Kata.Linux.Paths;

namespace Kata.Linux.Sockets;

/// <summary>
/// A stream over any descriptor that can be polled: socket, pipe, FIFO, terminal, virtio-serial port. Reads and writes are asynchronous without a thread
/// each, can be cancelled, and allocate nothing per call. One read and one write at a time.
/// </summary>
/// <remarks>
/// The end of a terminal (EIO on the master when the last slave is closed) is the end of the stream. A write that is cancelled may have written a part.
/// Failures are <see cref="IOException"/> with the <see cref="LinuxException"/> inside.
/// </remarks>
public sealed class FdStream : Stream
{
    private const int CopySize = 64 * 1024;

    private readonly PolledFd _polled;
    private readonly EmptyRead _emptyRead;
    private bool _received;

    /// <summary>Takes over a descriptor.</summary>
    /// <param name="fd">Set to non-blocking here, which all its duplicates share; disposed with the stream.</param>
    /// <param name="options">Behaviour; null for the defaults.</param>
    /// <exception cref="LinuxException">EEXIST: this very descriptor has a stream already; duplicate it.</exception>
    public FdStream(Fd fd, FdStreamOptions? options = null)
    {
        options ??= new FdStreamOptions();
        _polled = new PolledFd(fd);
        _emptyRead = options.EmptyRead;
    }

    /// <summary>The descriptor, for control calls. Owned by the stream.</summary>
    public Fd Fd => _polled.Fd;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        uint seen = _polled.ReadEdges;
        return TryRead(buffer.Span, out int count) ? new ValueTask<int>(count) : ReadSlowlyAsync(buffer, seen, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int count;
        while (!TryRead(buffer, out count))
        {
            _polled.Block(forWriting: false);
        }

        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        uint seen = _polled.WriteEdges;
        int written = TryWrite(buffer.Span);
        return written == buffer.Length ? ValueTask.CompletedTask : WriteSlowlyAsync(buffer[written..], seen, cancellationToken);
    }

    /// <summary>Writes bytes that are in a pipe, past this process where the kernel can do so.</summary>
    /// <param name="pipe">Has them, and nobody else reads it.</param>
    /// <param name="count">How many are there: all of them.</param>
    /// <param name="cancellationToken">Gives up; a part may have been written.</param>
    /// <exception cref="IOException">Writing failed, or the pipe had less.</exception>
    public async ValueTask WriteFromAsync(Fd pipe, int count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            uint seen = _polled.WriteEdges;

            // Never less than all that is in the pipe: Linux's virtio_console makes a list for the whole of it, and gives all of the list to the device.
            switch (Splice.TryMove(pipe, Fd, count, out int moved))
            {
                case 0 when moved > 0:
                    count -= moved;
                    break;
                case 0:
                    throw Failure("splice", Errno.ENODATA);
                case Errno.EAGAIN:
                    await _polled.WaitWritableAsync(seen, cancellationToken).ConfigureAwait(false);
                    break;
                case Errno.EINVAL or Errno.ENOMEM:
                    count -= await WriteCopyAsync(pipe, count, cancellationToken).ConfigureAwait(false);
                    break;
                case Errno error:
                    throw Failure("splice", error);
            }
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (true)
        {
            buffer = buffer[TryWrite(buffer)..];
            if (buffer.IsEmpty)
            {
                return;
            }

            _polled.Block(forWriting: true);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Nothing to do: writes go straight to the kernel.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc cref="Flush"/>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Tells the peer of a socket that nothing more comes; reading goes on.</summary>
    /// <exception cref="IOException">Not a connected socket.</exception>
    public void CompleteWriting()
    {
        if (SocketCalls.Shutdown(Fd, SocketCalls.ShutdownWrite) != 0)
        {
            throw Failure("shutdown", LinuxException.LastErrno());
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _polled.Dispose();
        }

        base.Dispose(disposing);
    }

    private static IOException Failure(string call, Errno error)
    {
        var cause = new LinuxException(call, error);
        return new IOException(cause.Message, cause);
    }

    private async ValueTask<int> WriteCopyAsync(Fd pipe, int most, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(most, CopySize));
        try
        {
            int count = FdIo.TryRead(pipe, buffer.AsSpan(0, Math.Min(most, buffer.Length)), out int read) is var error and not 0 ? throw Failure("read", error) : read;
            if (count == 0)
            {
                throw Failure("read", Errno.ENODATA);
            }

            await WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadSlowlyAsync(Memory<byte> buffer, uint seen, CancellationToken cancellationToken)
    {
        while (true)
        {
            await _polled.WaitReadableAsync(seen, cancellationToken).ConfigureAwait(false);
            seen = _polled.ReadEdges;
            if (TryRead(buffer.Span, out int count))
            {
                return count;
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteSlowlyAsync(ReadOnlyMemory<byte> rest, uint seen, CancellationToken cancellationToken)
    {
        while (!rest.IsEmpty)
        {
            await _polled.WaitWritableAsync(seen, cancellationToken).ConfigureAwait(false);
            seen = _polled.WriteEdges;
            rest = rest[TryWrite(rest.Span)..];
        }
    }

    /// <summary>False when there is nothing to read now.</summary>
    private bool TryRead(Span<byte> buffer, out int count)
    {
        switch (FdIo.TryRead(Fd, buffer, out count))
        {
            case 0 when count > 0 || buffer.IsEmpty:
                _received |= count > 0;
                return true;
            case 0:
                return _emptyRead == EmptyRead.EndOfStream || (_emptyRead == EmptyRead.WaitForFirstByte && _received);
            case Errno.EAGAIN:
                return false;
            case Errno.EIO when FileAt.Status(Fd).Kind == FileKind.CharacterDevice:
                return true;
            case Errno error:
                throw Failure("read", error);
        }
    }

    /// <summary>Writes as much as fits now.</summary>
    private int TryWrite(ReadOnlySpan<byte> buffer)
    {
        int written = 0;
        while (written < buffer.Length)
        {
            Errno error = FdIo.TryWrite(Fd, buffer[written..], out int count);
            if (error == Errno.EAGAIN)
            {
                break;
            }

            if (error != 0)
            {
                throw Failure("write", error);
            }

            written += count;
        }

        return written;
    }
}
