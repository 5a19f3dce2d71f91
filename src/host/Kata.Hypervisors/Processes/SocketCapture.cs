using System.Buffers;
using Kata.Linux;
using Kata.Linux.Sockets;

namespace Kata.Hypervisors.Processes;

/// <summary>Reads a socket to its end, always and at once, so that whoever writes to it never waits; the last bytes are kept.</summary>
internal sealed class SocketCapture : IAsyncDisposable
{
    private const int BufferSize = 4096;
    private readonly FdStream _stream;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Starts reading.</summary>
    /// <param name="socket">Owned from here on.</param>
    /// <param name="tail">Where the bytes go.</param>
    /// <param name="observer">Sees the bytes too, on the reading loop: must be quick and must not throw. Null for nobody.</param>
    public SocketCapture(Fd socket, ConsoleTail tail, Action<ReadOnlySpan<byte>>? observer = null)
    {
        _stream = new FdStream(socket);
        Tail = tail;
        Completion = ReadAsync(observer, _stop.Token);
    }

    /// <summary>The end of what was read.</summary>
    public ConsoleTail Tail { get; }

    /// <summary>Completes when the other side has closed. Never faults.</summary>
    public Task Completion { get; }

    /// <summary>Stops reading.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ReadAsync(Action<ReadOnlySpan<byte>>? observer, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int count;
            while ((count = await _stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                Tail.Append(buffer.AsSpan(0, count));
                observer?.Invoke(buffer.AsSpan(0, count));
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The other side is gone without closing, or nobody wants to know any more: the end either way, and the tail has all there was.
            _ = error;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
