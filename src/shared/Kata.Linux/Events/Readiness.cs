using System.Threading.Tasks.Sources;

namespace Kata.Linux.Events;

/// <summary>One direction of a <see cref="PolledFd"/>: counts edges and completes the wait in progress, of which there is at most one. Allocates nothing per wait.</summary>
internal sealed class Readiness : IValueTaskSource, IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellation;
    private uint _edges;
    private bool _waiting;
    private bool _cancelled;
    private bool _closed;

    /// <summary>Number of edges so far. Take it before an attempt, hand it to <see cref="WaitAsync"/> after the attempt found nothing to do.</summary>
    internal uint Edges => Volatile.Read(ref _edges);

    /// <summary>Completes at the first edge that <paramref name="seen"/> does not count; at once if it has been.</summary>
    internal ValueTask WaitAsync(uint seen, CancellationToken cancellationToken)
    {
        ValueTask wait;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(PolledFd));
            if (_waiting)
            {
                throw new InvalidOperationException("another operation in this direction is still waiting");
            }

            if (_edges != seen)
            {
                return default;
            }

            _waiting = true;
            _cancelled = false;
            _cancellation = cancellationToken;
            _core.Reset();
            wait = new ValueTask(this, _core.Version);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static state => ((Readiness)state!).Cancel(), this);
        }

        return wait;
    }

    /// <summary>Counts an edge.</summary>
    /// <returns>Whether it ends a wait: then <see cref="Execute"/> or <see cref="Queue"/> must follow.</returns>
    internal bool TrySignal()
    {
        lock (_gate)
        {
            _edges++;
            bool ends = _waiting;
            _waiting = false;
            return ends;
        }
    }

    internal void Close()
    {
        lock (_gate)
        {
            _closed = true;
            if (!_waiting)
            {
                return;
            }

            _waiting = false;
        }

        Queue();
    }

    /// <summary>Runs what awaits on this thread.</summary>
    public void Execute()
    {
        if (_cancelled)
        {
            _core.SetException(new OperationCanceledException(_cancellation));
        }
        else if (_closed)
        {
            _core.SetException(new ObjectDisposedException(nameof(PolledFd)));
        }
        else
        {
            _core.SetResult(true);
        }
    }

    public void GetResult(short token)
    {
        // Waits for a cancellation callback that is running, so that it cannot hit the next wait.
        _registration.Dispose();
        _registration = default;
        _core.GetResult(token);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        lock (_gate)
        {
            if (!_waiting)
            {
                return;
            }

            _waiting = false;
            _cancelled = true;
        }

        Queue();
    }

    /// <summary>Runs what awaits on the thread pool.</summary>
    internal void Queue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
}
