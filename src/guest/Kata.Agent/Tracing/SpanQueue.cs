namespace Kata.Agent.Tracing;

/// <summary>Spans on their way out. Adding never waits: when it is full, the new span is dropped and counted.</summary>
internal sealed class SpanQueue(int capacity) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _filled = new(0, 1);
    private List<Span> _spans = [];
    private long _dropped;
    private bool _closed;

    /// <summary>How many spans were dropped so far.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Adds a span, if there is room; after the end, such as of the request that stops tracing, it is dropped.</summary>
    public void Add(Span span)
    {
        lock (_lock)
        {
            if (_spans.Count == capacity || _closed)
            {
                _dropped++;
                return;
            }

            _spans.Add(span);
            if (_spans.Count == 1 && _filled.CurrentCount == 0)
            {
                _filled.Release();
            }
        }
    }

    /// <summary>Counts spans that could not be delivered.</summary>
    public void Drop(int count) => Interlocked.Add(ref _dropped, count);

    /// <summary>Waits until there is a span.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _filled.WaitAsync(cancellationToken);

    /// <summary>Takes all spans.</summary>
    public List<Span> TakeAll()
    {
        lock (_lock)
        {
            List<Span> all = _spans;
            _spans = [];
            return all;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
        }

        _filled.Dispose();
    }
}
