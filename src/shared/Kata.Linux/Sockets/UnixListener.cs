using Kata.Linux.Events;

namespace Kata.Linux.Sockets;

/// <summary>Accepts connections of a unix socket, as <see cref="FdStream"/>s.</summary>
public sealed class UnixListener : IDisposable
{
    private readonly PolledFd _socket;

    /// <summary>Takes over a descriptor.</summary>
    /// <param name="socket">Listening: from <see cref="UnixSockets.ListenFd"/>, or inherited. Set to non-blocking here, which all its duplicates share.</param>
    public UnixListener(Fd socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        _socket = new PolledFd(socket);
    }

    /// <summary>The descriptor. Owned by the listener.</summary>
    public Fd Fd => _socket.Fd;

    /// <summary>The next connection. One call at a time.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE: a descriptor limit is reached; the connection still waits. Others as accept(2).</exception>
    /// <exception cref="ObjectDisposedException">The listener was closed.</exception>
    public async ValueTask<FdStream> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            uint seen = _socket.ReadEdges;
            if (TryAccept() is { } connection)
            {
                return VsockListener.Wrap(connection);
            }

            await _socket.WaitReadableAsync(seen, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private unsafe Fd? TryAccept()
    {
        while (true)
        {
            int fd = SocketCalls.Accept(_socket.Fd, null, null, SocketCalls.CloseOnExec | SocketCalls.NonBlocking);
            if (fd >= 0)
            {
                return new Fd(fd);
            }

            switch (LinuxException.LastErrno())
            {
                case Errno.EAGAIN:
                    return null;
                case Errno.EINTR or Errno.ECONNABORTED:
                    continue;
                case Errno error:
                    throw new LinuxException("accept4", error);
            }
        }
    }
}
