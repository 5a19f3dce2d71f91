using System.Buffers;

namespace Kata.Ttrpc.Wire;

/// <summary>The one receive loop of a connection: bytes in, frames out.</summary>
/// <remarks>The buffer grows with what has arrived, never with what a peer announces.</remarks>
internal sealed class FrameReceiver(Stream transport, int maxBodyLength, CancellationToken aborted)
{
    private const int BaseBufferSize = 8 * 1024;
    private const int MaxKeptBufferSize = 128 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BaseBufferSize);
    private int _start;
    private int _end;
    private long _toDiscard;

    /// <summary>Runs until the peer closes or <paramref name="handler"/>'s connection is aborted.</summary>
    /// <exception cref="EndOfStreamException">The peer closed in the middle of a frame.</exception>
    /// <exception cref="IOException">Or whatever else the transport throws.</exception>
    public async Task RunAsync(IFrameHandler handler)
    {
        IThreadPoolWorkItem? work = null;
        try
        {
            while (true)
            {
                while (TryTakeFrame(handler, out FrameResult result))
                {
                    if (work is not null && result.Work is not null)
                    {
                        ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
                    }

                    work = result.Work ?? work;
                    if (result.Wait is { } wait)
                    {
                        Queue(ref work);
                        await wait.ConfigureAwait(false);
                    }
                }

                MakeRoom();
                var reading = new ReadBesideWork(transport.ReadAsync(_buffer.AsMemory(_end), aborted), work);
                work = null;
                int read = await reading;
                if (read == 0)
                {
                    ThrowIfMidFrame();
                    return;
                }

                _end += read;
            }
        }
        finally
        {
            Queue(ref work);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private static void Queue(ref IThreadPoolWorkItem? work)
    {
        if (work is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
            work = null;
        }
    }

    private bool TryTakeFrame(IFrameHandler handler, out FrameResult result)
    {
        result = default;
        Discard();
        if (_end - _start < FrameHeader.Size)
        {
            return false;
        }

        FrameHeader header = FrameHeader.Read(_buffer.AsSpan(_start));
        if (header.Length > (uint)maxBodyLength)
        {
            _start += FrameHeader.Size;
            _toDiscard = header.Length;
            result = handler.OnOversizedFrame(header);
            return true;
        }

        int length = (int)header.Length;
        if (_end - _start - FrameHeader.Size < length)
        {
            return false;
        }

        ReadOnlyMemory<byte> body = _buffer.AsMemory(_start + FrameHeader.Size, length);
        _start += FrameHeader.Size + length;
        result = handler.OnFrame(header, body);
        return true;
    }

    private void Discard()
    {
        int discarded = (int)Math.Min(_toDiscard, _end - _start);
        _start += discarded;
        _toDiscard -= discarded;
    }

    /// <summary>Moves what is left of the last read to the front, and changes the buffer if it is full or needlessly large.</summary>
    private void MakeRoom()
    {
        int left = _end - _start;
        if (left == 0 && _buffer.Length > MaxKeptBufferSize)
        {
            Exchange(BaseBufferSize, left);
        }
        else if (left == _buffer.Length)
        {
            Exchange(_buffer.Length * 2, left);
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, left).CopyTo(_buffer);
        }

        _start = 0;
        _end = left;
    }

    private void Exchange(int size, int left)
    {
        byte[] other = ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(_start, left).CopyTo(other);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = other;
    }

    private void ThrowIfMidFrame()
    {
        if (_end > _start || _toDiscard > 0)
        {
            throw new EndOfStreamException("the peer closed the connection in the middle of a frame");
        }
    }
}
