using System.Buffers;
using System.Diagnostics;

namespace Kata.Ttrpc.Wire;

/// <summary>The one receive loop of a connection: bytes in, frames out.</summary>
/// <remarks>The buffer grows with what has arrived, never with what a peer announces.</remarks>
internal sealed class FrameReceiver(
    Stream transport, FrameSender sender, int maxBodyLength, CancellationToken aborted, TimeProvider? sessionClock = null)
{
    private const int BaseBufferSize = 8 * 1024;
    private const int MaxKeptBufferSize = 128 * 1024;

    /// <summary>Beside the rest of a large frame that comes in less than this, a thread has time for its sender.</summary>
    private const int SmallRead = 64 * 1024;

    /// <summary>A sender has filled its socket well before; what took longer went to somebody else, who needs not be let in again for so many reads.</summary>
    private const int ReadsInARush = 256;
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMilliseconds(1);

    /// <summary>So many frames that would have fitted into less make a large buffer needless.</summary>
    private const int SmallFramesInRow = 8;

    /// <summary>A peer in the middle of a frame goes on at once; one that is silent for so long after a session marker has started anew.</summary>
    private static readonly TimeSpan StalledAfter = TimeSpan.FromMilliseconds(100);

    // The end of what was received, where a session marker may stand: only for channels that outlive a session.
    private readonly byte[] _tail = new byte[sessionClock is null ? 0 : FrameHeader.Size + SessionMarker.Length];

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BaseBufferSize);
    private int _start;
    private int _end;
    private int _smallFrames;
    private int _lastRead;
    private int _rush;
    private long _toDiscard;
    private bool _ended;

    /// <summary>Runs until the peer closes or <paramref name="handler"/>'s connection is aborted.</summary>
    /// <exception cref="EndOfStreamException">The peer closed in the middle of a frame.</exception>
    /// <exception cref="IOException">Or whatever else the transport throws.</exception>
    public async Task RunAsync(IFrameHandler handler)
    {
        IFrameWork? work = null;
        try
        {
            while (!_ended)
            {
                while (TryTakeFrame(handler, out FrameResult result))
                {
                    if (work is not null && result.Work is not null)
                    {
                        sender.Queue(work);
                    }

                    work = result.Work ?? work;
                    if (result.Wait is { } wait)
                    {
                        Queue(ref work);
                        await wait.WaitAsync(aborted).ConfigureAwait(false);
                    }
                }

                MakeRoom();
                if (sessionClock is not null && IsMidFrame && SessionMarker.IsRequestFrame(_tail))
                {
                    Queue(ref work);
                    await WaitOrStartAnewAsync(handler, sessionClock).ConfigureAwait(false);
                    continue;
                }

                if (work is null)
                {
                    LetSenderFill();
                }

                var reading = new ReadBesideWork(transport.ReadAsync(_buffer.AsMemory(_end), aborted), work, sender);
                work = null;
                int read = await reading;
                if (read == 0)
                {
                    ThrowIfMidFrame();
                    return;
                }

                Received(read);
            }
        }
        finally
        {
            Queue(ref work);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private bool IsMidFrame => _end > _start || _toDiscard > 0;

    /// <summary>
    /// In the middle of a large frame each portion read is a wake-up and a call. A sender on this machine that has more to send (a VMM sends a guest's pages one by
    /// one) gets the processor first, where it has none of its own; then the next read finds more.
    /// </summary>
    private void LetSenderFill()
    {
        if (_end <= SmallRead || _lastRead >= SmallRead)
        {
            return;
        }

        if (_rush > 0)
        {
            _rush--;
            return;
        }

        long begun = Stopwatch.GetTimestamp();
        Thread.Yield();
        _rush = Stopwatch.GetElapsedTime(begun) > LongestTurn ? ReadsInARush : 0;
    }

    private void Queue(ref IFrameWork? work)
    {
        if (work is not null)
        {
            sender.Queue(work);
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

        _smallFrames = length > MaxKeptBufferSize / 2 ? 0 : Math.Min(_smallFrames + 1, SmallFramesInRow);
        ReadOnlyMemory<byte> body = _buffer.AsMemory(_start + FrameHeader.Size, length);
        _start += FrameHeader.Size + length;
        result = handler.OnFrame(header, body);
        if (result.BufferGivenAway)
        {
            // As large as the last: what gives away a buffer is one of many large frames.
            Replace(_buffer.Length, _end - _start);
            (_start, _end) = (0, _end - _start);
        }

        return true;
    }

    /// <summary>The rest of a frame does not come, and the last bytes are a session marker: its sender knows nothing of the frame.</summary>
    private async Task WaitOrStartAnewAsync(IFrameHandler handler, TimeProvider clock)
    {
        Task<int> reading = transport.ReadAsync(_buffer.AsMemory(_end), aborted).AsTask();
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        if (await Task.WhenAny(reading, Task.Delay(StalledAfter, clock, answered.Token)).ConfigureAwait(false) != reading)
        {
            // The pending read goes on writing behind _end, so the buffer stays.
            _start = _end;
            _toDiscard = 0;
            handler.OnFrame(FrameHeader.Read(_tail), _tail.AsMemory(FrameHeader.Size));
            Array.Clear(_tail);
        }

        await answered.CancelAsync().ConfigureAwait(false);
        int read = await reading.ConfigureAwait(false);
        if (read == 0)
        {
            ThrowIfMidFrame();
            _ended = true;
            return;
        }

        Received(read);
    }

    private void Received(int count)
    {
        ReadOnlySpan<byte> received = _buffer.AsSpan(_end, count);
        _lastRead = count;
        _end += count;
        if (received.Length >= _tail.Length)
        {
            received[^_tail.Length..].CopyTo(_tail);
        }
        else
        {
            _tail.AsSpan(received.Length).CopyTo(_tail);
            received.CopyTo(_tail.AsSpan(_tail.Length - received.Length));
        }
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
        if (left == 0 && _buffer.Length > MaxKeptBufferSize && _smallFrames == SmallFramesInRow)
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
        byte[] old = _buffer;
        Replace(size, left);
        ArrayPool<byte>.Shared.Return(old);
    }

    private void Replace(int size, int left)
    {
        byte[] other = ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(_start, left).CopyTo(other);
        _buffer = other;
    }

    private void ThrowIfMidFrame()
    {
        if (IsMidFrame)
        {
            throw new EndOfStreamException("the peer closed the connection in the middle of a frame");
        }
    }
}
