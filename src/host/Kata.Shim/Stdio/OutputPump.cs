using System.Buffers;
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
    private const int MostInFifo = 1024 * 1024; // what the kernel lets anyone have

    private const int Part = 64 * 1024; // so that a slow reader is seen to read

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    private readonly TaskCompletionSource _fetched = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _size = GuestProcess.FirstRead;
    private bool _grown;
    private long _taken;
    private long _written;
    private volatile bool _writing;

    /// <summary>Completes when the guest is needed no more: everything was taken from it and written, or never will be.</summary>
    public Task Fetched => _fetched.Task;

    /// <summary>Whether the target is what is waited for, rather than the guest.</summary>
    public bool HeldByReader => _writing;

    /// <summary>Bytes taken from the guest.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Bytes taken from the guest, and bytes that its reader has taken: changes while anything moves.</summary>
    public long Moved => Taken + Interlocked.Read(ref _written);

    /// <summary>
    /// Carries until the process's end of the stream is closed and a FIFO's reader has taken everything, then closes the target, which tells a reader that
    /// this was all.
    /// </summary>
    public async Task RunAsync(GuestProcess process, CancellationToken cancellationToken)
    {
        try
        {
            await CarryAsync(process, cancellationToken).ConfigureAwait(false);
            _fetched.TrySetResult();
            if (target is FdStream fifo)
            {
                await LetReaderFinishAsync(fifo, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or ObjectDisposedException)
        {
            return;
        }
        catch (LinuxException failure)
        {
            LogBroken(logger, process.ContainerId, process.ExecId, failure.Message);
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _fetched.TrySetResult();
        target?.Dispose();
    }

    private async Task CarryAsync(GuestProcess process, CancellationToken cancellationToken)
    {
        try
        {
            Task<IMemoryOwner<byte>?> next = NextAsync(process, cancellationToken);
            while (true)
            {
                using IMemoryOwner<byte>? piece = await next.ConfigureAwait(false);
                if (piece is null)
                {
                    return;
                }

                next = NextAsync(process, cancellationToken);
                await WriteAsync(process, piece.Memory, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (KataException failure)
        {
            LogBroken(logger, process.ContainerId, process.ExecId, failure.Message);
        }
    }

    // Clients such as ctr close the FIFO as soon as they hear of the exit, whatever is still in it; and we count as a reader too.
    private async Task LetReaderFinishAsync(FdStream fifo, CancellationToken cancellationToken)
    {
        int left = Splice.Available(fifo.Fd);
        if (left == 0)
        {
            return;
        }

        using Fd end = Fd.Open(fifo.Fd.ProcPath, OpenFlags.WriteOnly | OpenFlags.NonBlocking);
        await fifo.DisposeAsync().ConfigureAwait(false);
        _writing = true;
        for (TimeSpan pause = FirstPause; left > 0 && PipeReaders.Exist(end); pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            int before = left;
            left = Splice.Available(end);
            Interlocked.Add(ref _written, before - left);
        }

        _writing = false;
    }

    private async Task<IMemoryOwner<byte>?> NextAsync(GuestProcess process, CancellationToken cancellationToken)
    {
        IMemoryOwner<byte>? piece = await process.NextOutputAsync(error, _size, cancellationToken).ConfigureAwait(false);
        int length = piece?.Memory.Length ?? 0;
        _size = length >= GuestProcess.FirstRead ? GuestProcess.MaxRead : GuestProcess.FirstRead;
        Interlocked.Add(ref _taken, length);
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
            _ = PipeCapacity.TrySet(fifo.Fd, MostInFifo);
        }

        _writing = true;
        try
        {
            for (ReadOnlyMemory<byte> left = piece; !left.IsEmpty;)
            {
                ReadOnlyMemory<byte> part = left[..Math.Min(left.Length, Part)];
                await target.WriteAsync(part, cancellationToken).ConfigureAwait(false);
                left = left[part.Length..];
                Interlocked.Add(ref _written, part.Length);
            }
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
    }

    [LoggerMessage(EventId = 610, Level = LogLevel.Warning, Message = "output of process {Exec} of container {Container} is incomplete: {Reason}")]
    private static partial void LogBroken(ILogger logger, string container, string exec, string reason);
}
