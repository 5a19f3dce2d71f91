using System.Buffers;
using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Kata.Runtime.Containers;

namespace Kata.Shim.Stdio;

/// <summary>
/// Carries a FIFO's bytes to a process's standard input. The shim holds a writing end of its own until <see cref="Close"/>, so that a client that detaches
/// ends nothing; after it, the input ends when the last client has closed the FIFO and everything in it has reached the guest.
/// </summary>
/// <remarks>
/// The FIFO is opened at the start and not before: clients wait in open(2) until then, and some can tell us about the end of their input only once the
/// process was made. A client that waits counts as a writer, so a <see cref="Close"/> before the start loses nothing of what it is going to write.
/// </remarks>
internal sealed class StdinPump(string path) : IDisposable
{
    private const int FirstSize = 64 * 1024; // what a FIFO holds by default

    private readonly Lock _gate = new();
    private FdStream? _fifo;
    private Fd? _keepOpen;
    private bool _closed;

    /// <summary>Opens the FIFO.</summary>
    /// <exception cref="KataException">NotFound: no such file.</exception>
    public void Open()
    {
        lock (_gate)
        {
            _fifo = new FdStream(Fd.Open(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking));
            if (!_closed)
            {
                _keepOpen = Fd.Open(path, OpenFlags.WriteOnly | OpenFlags.NonBlocking);
            }
        }
    }

    /// <summary>No more input is wanted beyond what clients have written. Safe to repeat, and before <see cref="Open"/>.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _keepOpen?.Dispose();
        }
    }

    /// <summary>Carries until the end, then ends the process's input.</summary>
    public async Task RunAsync(GuestProcess process, CancellationToken cancellationToken)
    {
        try
        {
            await CopyAsync(process, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is KataException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The process closed its input or is gone, or the shim is done with it. A client still writing learns it from the closed FIFO.
            return;
        }
        finally
        {
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        _fifo?.Dispose();
    }

    private async Task CopyAsync(GuestProcess process, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
        try
        {
            int count;
            while ((count = await _fifo!.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                await process.WriteStdinAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                if (count == FirstSize && buffer.Length == FirstSize)
                {
                    // The client has more than fits, so each round trip shall carry more. Whether or not the FIFO gets larger, once is enough.
                    _ = PipeCapacity.TrySet(_fifo.Fd, GuestProcess.MaxWrite);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = ArrayPool<byte>.Shared.Rent(GuestProcess.MaxWrite);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        await process.CloseStdinAsync(cancellationToken).ConfigureAwait(false);
    }
}
