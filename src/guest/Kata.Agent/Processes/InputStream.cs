using Kata.Linux;
using Kata.Linux.Events;
using Kata.Primitives;

namespace Kata.Agent.Processes;

/// <summary>The writing end of a process's standard input. Safe for concurrent use: writes and the close take effect in the order of the calls.</summary>
internal sealed class InputStream : IDisposable
{
    private const byte EndOfTransmission = 4;
    private const int LargeCapacity = 256 * 1024;

    private readonly PolledFd _sink;
    private readonly bool _isTerminal;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _closed;
    private bool _insideLine;
    private bool _wasFull;

    /// <summary>Takes over a descriptor.</summary>
    /// <param name="sink">A pipe or the master of a pseudo-terminal.</param>
    /// <param name="isTerminal">Which of the two.</param>
    public InputStream(Fd sink, bool isTerminal)
    {
        _sink = new PolledFd(sink);
        _isTerminal = isTerminal;
    }

    /// <summary>Writes everything, waiting while the process does not read.</summary>
    /// <exception cref="KataException">FailedPrecondition: closed before, or the process no longer reads.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_closed)
            {
                throw new KataException(ErrorCode.FailedPrecondition, "stdin is closed");
            }

            await WriteAllAsync(bytes, cancellationToken).ConfigureAwait(false);
            _insideLine = bytes.Length > 0 ? bytes.Span[^1] != (byte)'\n' : _insideLine;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Lets the process read the end of its input after what was written. May be repeated.</summary>
    /// <remarks>On a terminal this types the end-of-file character, since closing it would hang up the output too.</remarks>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            if (_isTerminal)
            {
                await TypeEndAsync(cancellationToken).ConfigureAwait(false);
            }

            _sink.Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Closes the descriptor; writes in progress fail.</summary>
    public void Dispose() => _sink.Dispose();

    private async Task TypeEndAsync(CancellationToken cancellationToken)
    {
        // In the middle of a line the first one only hands the line over.
        byte[] typed = _insideLine ? [EndOfTransmission, EndOfTransmission] : [EndOfTransmission];
        try
        {
            await WriteAllAsync(typed, cancellationToken).ConfigureAwait(false);
        }
        catch (KataException)
        {
            return; // hung up already: the process has seen its end
        }
    }

    private async Task WriteAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (bytes.Length > 0)
            {
                uint edges = _sink.WriteEdges;
                Errno error = FdIo.TryWrite(_sink.Fd, bytes.Span, out int count);
                if (error == Errno.EAGAIN && !_wasFull)
                {
                    // Whether or not it gets larger, once is enough. A terminal is no pipe and stays as it is.
                    _wasFull = true;
                    _ = PipeCapacity.TrySet(_sink.Fd, LargeCapacity);
                }
                else if (error == Errno.EAGAIN)
                {
                    await _sink.WaitWritableAsync(edges, cancellationToken).ConfigureAwait(false);
                }
                else if (error != 0)
                {
                    throw new KataException(ErrorCode.FailedPrecondition, $"stdin is not read any more: {LinuxException.Explain(error)}");
                }

                bytes = bytes[count..];
            }
        }
        catch (ObjectDisposedException)
        {
            throw new KataException(ErrorCode.FailedPrecondition, "stdin is closed");
        }
    }
}
