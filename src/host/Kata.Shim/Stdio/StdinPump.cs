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
internal sealed class StdinPump : IDisposable
{
    private const int BufferSize = 16 * 1024;

    private readonly FdStream _fifo;
    private readonly Fd _keepOpen;

    /// <summary>Opens the FIFO.</summary>
    /// <exception cref="KataException">NotFound: no such file.</exception>
    public StdinPump(string path)
    {
        Fd reader = Fd.Open(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking);
        try
        {
            _keepOpen = Fd.Open(path, OpenFlags.WriteOnly | OpenFlags.NonBlocking);
        }
        catch
        {
            reader.Dispose();
            throw;
        }

        _fifo = new FdStream(reader);
    }

    /// <summary>No more input is wanted beyond what clients have written. Safe to repeat, and before <see cref="RunAsync"/>.</summary>
    public void Close() => _keepOpen.Dispose();

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
        _keepOpen.Dispose();
        _fifo.Dispose();
    }

    private async Task CopyAsync(GuestProcess process, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int count;
            while ((count = await _fifo.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                await process.WriteStdinAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        await process.CloseStdinAsync(cancellationToken).ConfigureAwait(false);
    }
}
