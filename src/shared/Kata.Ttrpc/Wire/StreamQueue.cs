namespace Kata.Ttrpc.Wire;

/// <summary>Messages of one stream between the receive loop and the one reader. Bounded: when it is full, the loop waits.</summary>
internal sealed class StreamQueue<T>(int capacity)
    where T : class
{
    /// <summary>Messages may be large: so many bytes of them fill the queue whatever their number.</summary>
    private const int MaxBytes = FrameHeader.MaxBodyLength;

    private readonly Lock _gate = new();
    private readonly Queue<(T Message, int Size)> _messages = new();
    private TaskCompletionSource? _arrival;
    private TaskCompletionSource? _room;
    private Exception? _error;
    private long _bytes;
    private bool _completed;

    /// <summary>The message the last <see cref="MoveNextAsync"/> found.</summary>
    public T? Current { get; private set; }

    private bool IsFull => _messages.Count >= capacity || _bytes >= MaxBytes;

    /// <summary>Adds a message, even beyond the limits.</summary>
    /// <returns>Null, or what to wait for before the next one.</returns>
    public Task? Add(T message, int size)
    {
        lock (_gate)
        {
            if (_completed)
            {
                return null;
            }

            _messages.Enqueue((message, size));
            _bytes += size;
            _arrival?.TrySetResult();
            if (!IsFull)
            {
                return null;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>No more messages: the reader gets those that are there, then the end or the error. Only the first call counts.</summary>
    public void Complete(Exception? error)
    {
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            _completed = true;
            _error = error;
            _arrival?.TrySetResult();
            _room?.TrySetResult();
        }
    }

    /// <summary>The reader is to stop at once: what is queued is dropped. Counts even after <see cref="Complete"/>.</summary>
    public void Abort(Exception error)
    {
        lock (_gate)
        {
            _completed = true;
            _error = error;
            _messages.Clear();
            _arrival?.TrySetResult();
            _room?.TrySetResult();
        }
    }

    /// <summary>Waits for the next message. One reader at a time.</summary>
    /// <returns>False at the end.</returns>
    public async Task<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task arrival;
            lock (_gate)
            {
                if (_messages.TryDequeue(out (T Message, int Size) next))
                {
                    Current = next.Message;
                    _bytes -= next.Size;
                    if (_room is not null && !IsFull)
                    {
                        _room.TrySetResult();
                        _room = null;
                    }

                    return true;
                }

                Current = null;
                if (_completed)
                {
                    return _error is null ? false : throw _error;
                }

                _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrival = _arrival.Task;
            }

            await arrival.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
