namespace Kata.Testing.Agents;

/// <summary>Bytes from a writer to a reader, without limit; a read waits for bytes or the end.</summary>
public sealed class FakePipe
{
    private readonly Lock _gate = new();
    private readonly Queue<byte> _bytes = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether no more bytes will come.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Adds bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            foreach (byte b in bytes)
            {
                _bytes.Enqueue(b);
            }

            Signal();
        }
    }

    /// <summary>No more bytes will come.</summary>
    public void Close()
    {
        lock (_gate)
        {
            IsClosed = true;
            Signal();
        }
    }

    /// <summary>At least one byte and at most <paramref name="length"/>; none at the end.</summary>
    public async Task<byte[]> ReadAsync(int length, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_bytes.Count > 0 || IsClosed)
                {
                    byte[] read = new byte[Math.Min(length, _bytes.Count)];
                    for (int i = 0; i < read.Length; i++)
                    {
                        read[i] = _bytes.Dequeue();
                    }

                    return read;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Everything until the end.</summary>
    public async Task<byte[]> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var all = new List<byte>();
        while (await ReadAsync(65536, cancellationToken) is { Length: > 0 } part)
        {
            all.AddRange(part);
        }

        return [.. all];
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
