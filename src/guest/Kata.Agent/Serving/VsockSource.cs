using Kata.Linux.Sockets;

namespace Kata.Agent.Serving;

/// <summary>Connections to a vsock port, many at once.</summary>
internal sealed class VsockSource(uint port) : IConnectionSource
{
    private readonly VsockListener _listener = VsockListener.Listen(new VsockAddress(VsockAddress.AnyContext, port));

    /// <inheritdoc/>
    public string Name => _listener.LocalAddress.ToString();

    /// <inheritdoc/>
    public async ValueTask<(FdStream Stream, byte[] Begun)> AcceptAsync(bool firstByte, CancellationToken cancellationToken)
    {
        (FdStream stream, _) = await _listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
        return (stream, []);
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
