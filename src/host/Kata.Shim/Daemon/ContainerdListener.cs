using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Ttrpc;
using PeerCredentials = Kata.Linux.Sockets.PeerCredentials;

namespace Kata.Shim.Daemon;

/// <summary>
/// containerd's connections, without the framework's sockets: those would start a thread of their own beside the poller that the shim has anyway.
/// </summary>
/// <param name="socket">Listening; taken over.</param>
internal sealed class ContainerdListener(Fd socket) : ITtrpcListener, IDisposable
{
    private readonly UnixListener _listener = new(socket);

    /// <inheritdoc/>
    public uint OwnerId { get; } = PeerCredentials.Of(socket).UserId;

    /// <inheritdoc/>
    public async ValueTask<TtrpcConnection?> AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            FdStream stream = await _listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            PeerCredentials peer = PeerCredentials.Of(stream.Fd);
            return new TtrpcConnection(stream, new Ttrpc.PeerCredentials(peer.ProcessId, peer.UserId, peer.GroupId));
        }
        catch (LinuxException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
