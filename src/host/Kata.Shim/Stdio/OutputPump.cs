using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Kata.Runtime.Containers;
using Microsoft.Extensions.Logging;

namespace Kata.Shim.Stdio;

/// <summary>
/// Carries a process's output to a FIFO or file. The next piece is asked for while the last one is written; a reader that does not read holds the process
/// back through at most two pieces, which are as large as what the process writes at a time. Without a target the output is thrown away, so that the process never blocks on it.
/// </summary>
internal sealed partial class OutputPump(Stream? target, bool error, ILogger logger) : IDisposable
{
    private int _size = GuestProcess.FirstRead;
    private bool _grown;
    private long _moved;
    private volatile bool _writing;

    /// <summary>Whether the target is what is waited for, rather than the guest.</summary>
    public bool HeldByReader => _writing;

    /// <summary>Bytes taken from the guest and bytes written, in all: changes while anything moves.</summary>
    public long Moved => Interlocked.Read(ref _moved);

    /// <summary>Carries until the process's end of the stream is closed, then closes the target, which tells a reader that this was all.</summary>
    public async Task RunAsync(GuestProcess process, CancellationToken cancellationToken)
    {
        try
        {
            Task<ReadOnlyMemory<byte>> next = NextAsync(process, cancellationToken);
            while (true)
            {
                ReadOnlyMemory<byte> piece = await next.ConfigureAwait(false);
                if (piece.IsEmpty)
                {
                    return;
                }

                next = NextAsync(process, cancellationToken);
                await WriteAsync(process, piece, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (KataException failure)
        {
            LogBroken(logger, process.ContainerId, process.ExecId, failure.Message);
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => target?.Dispose();

    private async Task<ReadOnlyMemory<byte>> NextAsync(GuestProcess process, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> piece = await process.NextOutputAsync(error, _size, cancellationToken).ConfigureAwait(false);
        _size = piece.Length >= GuestProcess.FirstRead ? GuestProcess.MaxRead : GuestProcess.FirstRead;
        Interlocked.Add(ref _moved, piece.Length);
        return piece;
    }

    private async Task WriteAsync(GuestProcess process, ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        if (target is null)
        {
            return;
        }

        if (piece.Length > GuestProcess.FirstRead && !_grown && target is FdStream fifo)
        {
            // Whether or not it gets larger: a reader that fetches a large piece in small parts then wakes us once and not for each.
            _grown = true;
            _ = PipeCapacity.TrySet(fifo.Fd, GuestProcess.MaxRead);
        }

        _writing = true;
        try
        {
            await target.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // A full disk must not stop the process: what cannot be written is lost, and said.
            LogBroken(logger, process.ContainerId, process.ExecId, failure.Message);
        }
        finally
        {
            _writing = false;
        }

        Interlocked.Add(ref _moved, piece.Length);
    }

    [LoggerMessage(EventId = 610, Level = LogLevel.Warning, Message = "output of process {Exec} of container {Container} is incomplete: {Reason}")]
    private static partial void LogBroken(ILogger logger, string container, string exec, string reason);
}
