using System.Buffers;
using Kata.Linux;
using Kata.Linux.Events;
using Kata.Primitives;

namespace Kata.Agent.Processes;

/// <summary>
/// The reading end of a process's output. Nothing is buffered: what the host does not fetch stays in the pipe and holds up the process. A pipe that is found
/// full once gets a larger one's capacity, so that a process that writes much is fetched from in few, large pieces. Safe for concurrent use; reads are served
/// one after the other.
/// </summary>
internal sealed class OutputStream : IDisposable
{
    /// <summary>The most that one read brings into memory.</summary>
    public const int MaxRead = 256 * 1024;

    /// <summary>The most that one read moves to a pipe of our own; a little less than half the capacity of a pipe that was full once.</summary>
    public const int MaxPiped = (2 * 1024 * 1024) - 4096; // two megabytes of buffer then do for the frame

    private const int LeastPiped = 64 * 1024; // less is copied sooner than moved

    private const int FirstRead = 64 * 1024; // what a pipe holds by default

    // Two pieces in the process's pipe and one in ours are counted as the container's memory: an eighth of it at most.
    private const int PiecesInMemory = 3 * 8;

    /// <summary>How long a stream stays open for others that hold it once its process is gone and everything written was fetched.</summary>
    public static readonly TimeSpan LingerTime = TimeSpan.FromMilliseconds(500);

    private readonly PolledFd _source;
    private readonly CancellationTokenSource _lingering;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<ulong>? _memory;
    private int _size = FirstRead;
    private int _piece;
    private OutputPipe? _pipe;
    private volatile bool _wasRead;
    private bool _endTold;

    /// <summary>Takes over a descriptor.</summary>
    /// <param name="source">A pipe or the master of a pseudo-terminal.</param>
    /// <param name="time">The clock for <see cref="LingerTime"/>.</param>
    /// <param name="memory">How many bytes the process may use, which what is in its pipe counts as; null: as many as it wants.</param>
    public OutputStream(Fd source, TimeProvider time, Func<ulong>? memory = null)
    {
        _memory = memory;
        _source = new PolledFd(source, onlyAwaited: true);
        _lingering = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>Whether the end was reached.</summary>
    public bool HasEnded => _ended.Task.IsCompleted;

    /// <summary>Completes when the host has fetched everything; at once if it never fetched anything.</summary>
    public Task Fetched => _wasRead ? _ended.Task : Task.CompletedTask;

    /// <summary>Waits for output and fetches what is there.</summary>
    /// <param name="most">The most bytes to return, at least 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="piped">Whether the piece may be one that is in a pipe.</param>
    /// <returns>The bytes, to be disposed; none at the end.</returns>
    public async Task<OutputPiece> ReadAsync(int most, CancellationToken cancellationToken, bool piped = false)
    {
        _wasRead = true;
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!HasEnded)
            {
                bool last = _lingering.IsCancellationRequested;
                uint edges = _source.ReadEdges;
                if (((piped ? TryMove(most) : null) ?? TryRead(Math.Clamp(most, 1, _size))) is { } piece)
                {
                    return piece;
                }

                if (last)
                {
                    End(); // nobody who counts wrote any more before this last look
                    break;
                }

                await WaitAsync(edges, cancellationToken).ConfigureAwait(false);
            }

            return OutputPiece.End;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Notes that the host is told of the end, which it is once: older hosts of upstream's take no data for "nothing yet" and would ask on and on, but stop at an error.
    /// </summary>
    /// <exception cref="KataException">FailedPrecondition: it was told before.</exception>
    public void TellEnd()
    {
        if (Interlocked.Exchange(ref _endTold, true))
        {
            throw new KataException(ErrorCode.FailedPrecondition, "the output has ended (eof)");
        }
    }

    /// <summary>The process is gone: from <see cref="LingerTime"/> on, an empty pipe counts as the end.</summary>
    public void ProcessExited() => _lingering.CancelAfter(LingerTime);

    /// <summary>Closes the stream; reads in progress end.</summary>
    public void Dispose()
    {
        // The source of cancellation is left to the collector: the process may end, or a read begin to wait, after this.
        _ended.TrySetResult();
        _source.Dispose();
        Volatile.Read(ref _pipe)?.Dispose();
    }

    private async ValueTask WaitAsync(uint edges, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lingering.Token);
        try
        {
            await _source.WaitReadableAsync(edges, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody who counts writes any more; one more look at the pipe, then it is the end.
            return;
        }
        catch (ObjectDisposedException)
        {
            End();
        }
    }

    // Only out of a pipe that was full once, and in its turn.
    private OutputPiece? TryMove(int most)
    {
        try
        {
            if (_piece == 0 || most < LeastPiped || Splice.Available(_source.Fd) < LeastPiped)
            {
                return null;
            }

            if (_pipe is not { IsClosed: false })
            {
                _pipe = OutputPipe.TryMake(_piece); // the first, or after a piece that could not be sent
            }

            if (_pipe?.TryMove(_source.Fd, Math.Min(most, _piece)) is not { } output)
            {
                return null;
            }

            FdPoller.WaitPatientlyNext();
            return new OutputPiece(output);
        }
        catch (ObjectDisposedException)
        {
            _pipe?.Dispose(); // it may have been made after this stream was disposed
            return null;
        }
    }

    private OutputPiece? TryRead(int most)
    {
        byte[]? buffer = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            Errno error = FdIo.TryRead(_source.Fd, buffer.AsSpan(0, most), out int count);
            if (error == Errno.EAGAIN)
            {
                return null;
            }

            if (error != 0 || count == 0)
            {
                // EIO is how the master of a terminal says that the last slave was closed.
                End();
                return OutputPiece.End;
            }

            if (count == FirstRead && _size == FirstRead)
            {
                _size = MaxRead;
                Enlarge();
            }

            var piece = new OutputPiece(buffer, count);
            buffer = null;
            return piece;
        }
        catch (ObjectDisposedException)
        {
            End();
            return OutputPiece.End;
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    // Two pieces, so that the process has room to go on while the host asks for the next.
    private void Enlarge()
    {
        ulong most = (_memory?.Invoke() ?? ulong.MaxValue) / PiecesInMemory;
        int piece = MaxPiped;

        // The kernel rounds up to powers of two, and gives more than a megabyte to holders of CAP_SYS_RESOURCE alone.
        while (piece >= LeastPiped && ((ulong)piece > most || PipeCapacity.TryGrow(_source.Fd, 2 * piece) is null))
        {
            piece /= 2;
        }

        _piece = piece >= LeastPiped ? piece : 0;
    }

    private void End()
    {
        _source.Dispose();
        _ended.TrySetResult();
        _pipe?.Dispose();
    }
}
