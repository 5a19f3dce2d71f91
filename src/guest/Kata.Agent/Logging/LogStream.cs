using System.Globalization;
using System.Text;
using Kata.Agent.Serving;
using Kata.Linux.Sockets;
using Kata.Primitives;

namespace Kata.Agent.Logging;

/// <summary>
/// Keeps records for the host to fetch, on one or more channels, one reader at a time on each. Nobody who logs ever waits: without a reader the oldest records go,
/// and the next reader is told how many. Safe for concurrent use.
/// </summary>
internal sealed class LogStream : IRecordSink
{
    /// <summary>How many bytes of records are kept.</summary>
    public const int Capacity = 256 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _records = new();
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _size;
    private long _dropped;
    private IRecordSink? _instead;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> record)
    {
        lock (_gate)
        {
            if (_instead is not null)
            {
                _instead.Write(record);
                return;
            }

            _records.Enqueue(record.ToArray());
            _size += record.Length;
            while (_size > Capacity && _records.TryDequeue(out byte[]? oldest))
            {
                _size -= oldest.Length;
                _dropped++;
            }

            _arrived.TrySetResult();
        }
    }

    /// <summary>Sends everything to another sink from now on, what is kept first: there is no channel to fetch it on.</summary>
    public void DivertTo(IRecordSink sink)
    {
        lock (_gate)
        {
            _instead = sink;
            while (_records.TryDequeue(out byte[]? record))
            {
                sink.Write(record);
            }

            _size = 0;
        }
    }

    /// <summary>Gives the records to whoever connects, until cancelled.</summary>
    public async Task ServeAsync(IConnectionSource source, TimeProvider time, CancellationToken cancellationToken)
    {
        using (source)
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    (FdStream stream, _) = await source.AcceptAsync(firstByte: false, cancellationToken).ConfigureAwait(false);
                    await using (stream.ConfigureAwait(false))
                    {
                        await FeedAsync(stream, cancellationToken).ConfigureAwait(false);
                    }
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                catch (Exception error) when (error is IOException or KataException)
                {
                    // The reader left, or there are too many descriptors. There is nowhere to log that to but here.
                    await Task.WhenAny(Task.Delay(Pause, time, cancellationToken)).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task FeedAsync(FdStream stream, CancellationToken cancellationToken)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task leaving = WatchAsync(stream, gone);
        try
        {
            while (true)
            {
                (byte[]? record, Task arrived) = Take();
                if (record is null)
                {
                    await arrived.WaitAsync(gone.Token).ConfigureAwait(false);
                    continue;
                }

                await stream.WriteAsync(record, gone.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return; // the reader left
        }
        finally
        {
            await gone.CancelAsync().ConfigureAwait(false);
            await leaving.ConfigureAwait(false);
        }
    }

    /// <summary>Notices that the reader left, while there is nothing to write; what it sends is nothing to us.</summary>
    private static async Task WatchAsync(FdStream stream, CancellationTokenSource gone)
    {
        byte[] buffer = new byte[64];
        try
        {
            while (await stream.ReadAsync(buffer, gone.Token).ConfigureAwait(false) > 0)
            {
                // Not what the connection is for.
            }

            await gone.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            await gone.CancelAsync().ConfigureAwait(false);
        }
    }

    private (byte[]? Record, Task Arrived) Take()
    {
        lock (_gate)
        {
            if (_dropped > 0)
            {
                string note = $"{{\"msg\":\"{_dropped.ToString(CultureInfo.InvariantCulture)} records were dropped, as nobody read them\","
                    + "\"level\":\"WARN\",\"name\":\"kata-agent\",\"source\":\"agent\",\"subsystem\":\"log\"}\n";
                _dropped = 0;
                return (Encoding.UTF8.GetBytes(note), Task.CompletedTask);
            }

            if (_records.TryDequeue(out byte[]? record))
            {
                _size -= record.Length;
                return (record, Task.CompletedTask);
            }

            if (_arrived.Task.IsCompleted)
            {
                _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return (null, _arrived.Task);
        }
    }
}
