using Kata.Linux.Events;

namespace Kata.Linux.Sockets;

/// <summary>Accepts vsock connections.</summary>
public sealed class VsockListener : IDisposable
{
    private readonly PolledFd _socket;

    private VsockListener(PolledFd socket, VsockAddress address)
    {
        _socket = socket;
        LocalAddress = address;
    }

    /// <summary>Where it listens, with the port that the kernel chose if none was given.</summary>
    public VsockAddress LocalAddress { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="address">Where.</param>
    /// <param name="backlog">Connections that may wait to be accepted.</param>
    /// <exception cref="LinuxException">EADDRINUSE: the port is taken. EAFNOSUPPORT: no vsock in this kernel.</exception>
    public static unsafe VsockListener Listen(VsockAddress address, int backlog = 128)
    {
        Fd socket = SocketCalls.Create(SocketCalls.FamilyVsock, SocketCalls.Stream);
        try
        {
            byte* name = stackalloc byte[VsockAddress.Size];
            address.Write(new Span<byte>(name, VsockAddress.Size));
            uint length = VsockAddress.Size;
            if (SocketCalls.Bind(socket, name, length) != 0)
            {
                throw LinuxException.FromLastError("bind", address);
            }

            if (SocketCalls.Listen(socket, backlog) != 0 || SocketCalls.GetName(socket, name, &length) != 0)
            {
                throw LinuxException.FromLastError("listen", address);
            }

            return new VsockListener(new PolledFd(socket), VsockAddress.Read(new ReadOnlySpan<byte>(name, VsockAddress.Size)));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The next connection. One call at a time.</summary>
    /// <returns>The stream, owned by the caller, and who connected.</returns>
    /// <exception cref="LinuxException">EMFILE, ENFILE: a descriptor limit is reached; the connection still waits. Others as accept(2).</exception>
    /// <exception cref="ObjectDisposedException">The listener was closed.</exception>
    public async ValueTask<(FdStream Stream, VsockAddress Peer)> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            uint seen = _socket.ReadEdges;
            if (TryAccept(out Fd? connection, out VsockAddress peer))
            {
                return (Wrap(connection!), peer);
            }

            await _socket.WaitReadableAsync(seen, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    internal static FdStream Wrap(Fd connection)
    {
        try
        {
            return new FdStream(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private unsafe bool TryAccept(out Fd? connection, out VsockAddress peer)
    {
        byte* name = stackalloc byte[VsockAddress.Size];
        while (true)
        {
            uint length = VsockAddress.Size;
            int fd = SocketCalls.Accept(_socket.Fd, name, &length, SocketCalls.CloseOnExec | SocketCalls.NonBlocking);
            if (fd >= 0)
            {
                connection = new Fd(fd);
                peer = VsockAddress.Read(new ReadOnlySpan<byte>(name, VsockAddress.Size));
                return true;
            }

            switch (LinuxException.LastErrno())
            {
                case Errno.EAGAIN:
                    (connection, peer) = (null, default);
                    return false;
                case Errno.EINTR or Errno.ECONNABORTED or Errno.EPROTO:
                    continue;
                case Errno error:
                    throw new LinuxException("accept4", error, LocalAddress);
            }
        }
    }
}
