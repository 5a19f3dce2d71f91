using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Ttrpc;

namespace Kata.Agent.Serving;

/// <summary>Connections for ttRPC from a vsock port. Vsock knows no users: the door of <see cref="GuestVsock"/> decides who may connect.</summary>
internal sealed class VsockTtrpcListener(GuestVsock port) : ITtrpcListener
{
    /// <inheritdoc/>
    public uint OwnerId => 0;

    /// <inheritdoc/>
    public async ValueTask<TtrpcConnection?> AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            (FdStream stream, _) = await port.AcceptAsync(cancellationToken).ConfigureAwait(false);
            return new TtrpcConnection(stream, new Kata.Ttrpc.PeerCredentials(ProcessId: 0, OwnerId, GroupId: 0));
        }
        catch (LinuxException error)
        {
            throw new IOException(error.Message, error);
        }
    }
}
