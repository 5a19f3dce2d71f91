using Kata.Linux.Sockets;

namespace Kata.Agent.Serving;

/// <summary>Connections to a vsock port, many at once.</summary>
/// <param name="port">The port; taken over.</param>
internal sealed class VsockSource(GuestVsock port) : IConnectionSource
{
    /// <inheritdoc/>
    public string Name => port.LocalAddress.ToString();

    /// <inheritdoc/>
    public async ValueTask<(FdStream Stream, byte[] Begun)> AcceptAsync(bool firstByte, CancellationToken cancellationToken)
    {
        (FdStream stream, _) = await port.AcceptAsync(cancellationToken).ConfigureAwait(false);
        return (stream, []);
    }

    /// <inheritdoc/>
    public void Dispose() => port.Dispose();
}
