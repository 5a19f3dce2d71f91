using Kata.Linux.Events;

namespace Kata.Linux.Sockets;

/// <summary>Connects to vsock listeners.</summary>
public static class VsockStream
{
    /// <summary>Connects.</summary>
    /// <param name="address">The listener.</param>
    /// <param name="cancellationToken">Gives up. The kernel itself gives up after 2 s (ETIMEDOUT).</param>
    /// <exception cref="LinuxException">ECONNRESET, ECONNREFUSED: nobody listens. ENODEV, EHOSTUNREACH: no such machine. ETIMEDOUT: no answer.</exception>
    public static async Task<FdStream> ConnectAsync(VsockAddress address, CancellationToken cancellationToken)
    {
        using Fd socket = SocketCalls.Create(SocketCalls.FamilyVsock, SocketCalls.Stream | SocketCalls.NonBlocking);
        Errno error = Begin(socket, address);
        if (error == Errno.EINPROGRESS)
        {
            // Polled through a duplicate, which a cancelled wait closes without ado; the stream below registers its own.
            Fd copy = socket.Duplicate();
            using var polled = new PolledFd(copy);
            await polled.WaitWritableAsync(seen: 0, cancellationToken).ConfigureAwait(false);
            error = PendingError(socket);
        }

        return error == 0 ? VsockListener.Wrap(socket.Duplicate()) : throw new LinuxException("connect", error, address);
    }

    private static unsafe Errno Begin(Fd socket, VsockAddress address)
    {
        byte* name = stackalloc byte[VsockAddress.Size];
        address.Write(new Span<byte>(name, VsockAddress.Size));
        return SocketCalls.Connect(socket, name, VsockAddress.Size) == 0 ? 0 : LinuxException.LastErrno();
    }

    private static unsafe Errno PendingError(Fd socket)
    {
        int error;
        uint length = sizeof(int);
        return SocketCalls.GetOption(socket, SocketCalls.SocketLevel, SocketCalls.OptionError, &error, &length) == 0
            ? (Errno)error
            : LinuxException.LastErrno();
    }
}
