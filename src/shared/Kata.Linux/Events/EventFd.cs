using System.Buffers.Binary;

namespace Kata.Linux.Events;

/// <summary>A counter in the kernel that can be waited for: eventfd(2).</summary>
public sealed class EventFd : IDisposable
{
    private readonly PolledFd _polled;

    /// <summary>Makes one with the count 0.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE: a descriptor limit is reached.</exception>
    public EventFd() => _polled = new PolledFd(MakeDescriptor());

    /// <summary>The descriptor, to hand to the kernel.</summary>
    public Fd Handle => _polled.Fd;

    /// <summary>Makes one with the count 0 that nobody waits for yet, non-blocking.</summary>
    /// <inheritdoc cref="EventFd()"/>
    internal static Fd MakeDescriptor()
    {
        int fd = PollCalls.EventFd(0, PollCalls.CloseOnExec | PollCalls.NonBlocking);
        return fd >= 0 ? new Fd(fd) : throw LinuxException.FromLastError("eventfd");
    }

    /// <summary>Adds to the count.</summary>
    /// <param name="value">How much.</param>
    public void Signal(ulong value = 1)
    {
        Span<byte> buffer = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, value);

        // EAGAIN: the count is at its maximum, so whoever waits is woken anyway.
        Errno error = FdIo.TryWrite(Handle, buffer, out _);
        if (error is not (0 or Errno.EAGAIN))
        {
            throw new LinuxException("write", error, "eventfd");
        }
    }

    /// <summary>Takes the count and sets it to 0.</summary>
    /// <returns>The count; 0 if nothing was signalled.</returns>
    public ulong Take()
    {
        Span<byte> buffer = stackalloc byte[sizeof(ulong)];
        return FdIo.TryRead(Handle, buffer, out _) switch
        {
            0 => BinaryPrimitives.ReadUInt64LittleEndian(buffer),
            Errno.EAGAIN => 0,
            Errno error => throw new LinuxException("read", error, "eventfd"),
        };
    }

    /// <summary>Waits until the count is not 0, takes it and sets it to 0. One wait at a time.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed meanwhile.</exception>
    public async ValueTask<ulong> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            uint seen = _polled.ReadEdges;
            ulong count = Take();
            if (count != 0)
            {
                return count;
            }

            await _polled.WaitReadableAsync(seen, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _polled.Dispose();
}
