using System.Buffers;

namespace Kata.Ttrpc.Wire;

/// <summary>
/// The one send path of a connection. Whoever queues a frame while nobody writes becomes the writer; frames queued meanwhile go out together.
/// Safe for concurrent use. Frames leave in the order in which they were queued.
/// </summary>
internal sealed class FrameSender(Stream transport, int maxQueuedBytes, Action<Exception> onFailure, CancellationToken aborted) : IThreadPoolWorkItem
{
    /// <summary>Small frames are copied together up to this size; larger ones are written from where they are.</summary>
    private const int BatchSize = 32 * 1024;

    /// <summary>After so many writes the caller, who only wanted to send its own frame, is let go.</summary>
    private const int MaxWritesForCaller = 8;

    private readonly Lock _gate = new();
    private readonly Queue<Frame> _queue = new();
    private readonly Queue<TaskCompletionSource> _waitingForRoom = new();
    private TaskCompletionSource? _drained;
    private long _queuedBytes;
    private int _queuedWork;
    private int _flushQueued;
    private bool _writing;
    private bool _closed;

    /// <summary>Queues a frame and takes ownership of it. Nothing is written before <see cref="Flush"/>.</summary>
    /// <returns>False when the connection is closed.</returns>
    public bool TryEnqueue(Frame frame)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _queue.Enqueue(frame);
                _queuedBytes += frame.Length;
                return true;
            }
        }

        frame.Release();
        return false;
    }

    /// <summary>Hands work that a frame has made ready to the thread pool.</summary>
    public void Queue(IFrameWork work)
    {
        Interlocked.Increment(ref _queuedWork);
        ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }

    /// <summary>Queued work has begun.</summary>
    public void WorkBegun() => Interlocked.Decrement(ref _queuedWork);

    /// <summary>
    /// Writes what is queued, unless somebody does already: at once, or, while more work of this connection waits for a thread, after that has begun,
    /// so that what it sends goes out in the same write. Never throws: a failure goes to the connection.
    /// </summary>
    public void Flush()
    {
        if (Volatile.Read(ref _queuedWork) == 0)
        {
            WriteQueued();
        }
        else if (Interlocked.Exchange(ref _flushQueued, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>The flush that was put off.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _flushQueued, 0);
        WriteQueued();
    }

    /// <summary>Queues a frame and writes it.</summary>
    public bool TrySend(Frame frame)
    {
        bool queued = TryEnqueue(frame);
        Flush();
        return queued;
    }

    /// <summary>Completes when the queue has room, so that a peer that does not read stops those who write to it.</summary>
    /// <returns>Also completes when the connection is closed; queueing then tells.</returns>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _queuedBytes) < maxQueuedBytes)
        {
            return ValueTask.CompletedTask;
        }

        return new ValueTask(WaitAsync(cancellationToken));
    }

    /// <summary>Completes when everything queued is written, or the connection is closed.</summary>
    public Task DrainedAsync()
    {
        lock (_gate)
        {
            return _closed || (!_writing && _queue.Count == 0)
                ? Task.CompletedTask
                : (_drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Drops what is queued and refuses further frames.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            DropQueued();
            _drained?.TrySetResult();
        }
    }

    /// <summary>Drops what is queued: a new session begins on the same channel.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            DropQueued();
        }
    }

    private void WriteQueued()
    {
        lock (_gate)
        {
            if (_writing || _closed || _queue.Count == 0)
            {
                return;
            }

            _writing = true;
        }

        // Ends by itself; DrainedAsync waits for it.
        _ = WriteQueuedAsync();
    }

    private void DropQueued()
    {
        while (_queue.TryDequeue(out Frame frame))
        {
            frame.Release();
        }

        _queuedBytes = 0;
        ReleaseWaiting();
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate)
            {
                if (_closed || _queuedBytes < maxQueuedBytes)
                {
                    return;
                }

                _waitingForRoom.Enqueue(waiter);
            }

            await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WriteQueuedAsync()
    {
        byte[]? batch = null;
        try
        {
            for (int writes = 1; TryTakeBatch(ref batch, out Frame single, out int length); writes++)
            {
                int written = length > 0 ? length : single.Length;
                if (length > 0)
                {
                    await transport.WriteAsync(batch.AsMemory(0, length), aborted).ConfigureAwait(false);
                }
                else
                {
                    await WriteAloneAsync(single).ConfigureAwait(false);
                }

                await transport.FlushAsync(aborted).ConfigureAwait(false);
                ReleaseRoom(written);
                if (writes == MaxWritesForCaller)
                {
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                }
            }
        }
#pragma warning disable CA1031 // Whatever a transport throws, the connection is over and everybody who waits must learn it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            onFailure(error);
        }
        finally
        {
            if (batch is not null)
            {
                ArrayPool<byte>.Shared.Return(batch);
            }
        }
    }

    // Whatever happens to it, the frame is done with.
    private async ValueTask WriteAloneAsync(Frame frame)
    {
        try
        {
            await transport.WriteAsync(frame.Memory, aborted).ConfigureAwait(false);
            if (frame.Tail is { } tail)
            {
                await tail.WriteToAsync(transport, aborted).ConfigureAwait(false);
            }
        }
        finally
        {
            frame.Release();
        }
    }

    /// <summary>Takes the next frame alone (<paramref name="length"/> 0), or several small ones copied into <paramref name="batch"/>.</summary>
    /// <returns>False when nothing is left; then this writer's turn is over.</returns>
    private bool TryTakeBatch(ref byte[]? batch, out Frame single, out int length)
    {
        lock (_gate)
        {
            length = 0;
            if (_closed || !_queue.TryDequeue(out single))
            {
                single = default;
                _writing = false;
                _drained?.TrySetResult();
                _drained = null;
                return false;
            }

            if (single.Tail is not null || !_queue.TryPeek(out Frame next) || next.Tail is not null || single.Length + next.Length > BatchSize)
            {
                return true;
            }

            batch ??= ArrayPool<byte>.Shared.Rent(BatchSize);
            Append(single, batch, ref length);
            while (_queue.TryPeek(out next) && next.Tail is null && length + next.Length <= BatchSize)
            {
                Append(_queue.Dequeue(), batch, ref length);
            }

            return true;
        }
    }

    private static void Append(Frame frame, byte[] batch, ref int length)
    {
        frame.Memory.Span.CopyTo(batch.AsSpan(length));
        length += frame.Length;
        frame.Release();
    }

    private void ReleaseRoom(int written)
    {
        lock (_gate)
        {
            _queuedBytes = Math.Max(0, _queuedBytes - written);
            if (_queuedBytes < maxQueuedBytes)
            {
                ReleaseWaiting();
            }
        }
    }

    private void ReleaseWaiting()
    {
        while (_waitingForRoom.TryDequeue(out TaskCompletionSource? waiter))
        {
            waiter.TrySetResult();
        }
    }
}
