using System.Net.Sockets;

namespace Kata.Ttrpc.Server;

/// <summary>Connections of the framework's own sockets.</summary>
internal sealed class SocketListener(Socket listener) : ITtrpcListener
{
    public uint OwnerId { get; } = PeerCredentials.Of(listener).UserId;

    public async ValueTask<TtrpcConnection?> AcceptAsync(CancellationToken cancellationToken)
    {
        Socket socket;
        try
        {
            socket = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
        {
            // The client gave up before we came to accept it.
            return null;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
        {
            throw new IOException(error.Message, error);
        }

        try
        {
            return new TtrpcConnection(new NetworkStream(socket, ownsSocket: true), PeerCredentials.Of(socket));
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new IOException(error.Message, error);
        }
    }
}
