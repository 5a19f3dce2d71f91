using System.Buffers;
using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Ttrpc;

namespace Kata.Agent.Processes;

/// <summary>A piece of a process's output in a pipe of the agent's own.</summary>
internal sealed class PipedOutput(OutputPipe owner, Fd pipe, int length) : IReplyTail
{
    private const int CopySize = 64 * 1024;

    private bool _isEmpty;
    private int _disposed;

    /// <inheritdoc/>
    public int Length => length;

    /// <inheritdoc/>
    public async ValueTask WriteToAsync(Stream transport, CancellationToken cancellationToken)
    {
        if (transport is FdStream stream)
        {
            await stream.WriteFromAsync(pipe, length, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await CopyAsync(transport, cancellationToken).ConfigureAwait(false);
        }

        _isEmpty = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            owner.Return(_isEmpty);
        }
    }

    private async ValueTask CopyAsync(Stream transport, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopySize);
        try
        {
            for (int left = length; left > 0;)
            {
                int count = FdIo.Read(pipe, buffer.AsSpan(0, Math.Min(left, buffer.Length)));
                await transport.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                left -= count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
