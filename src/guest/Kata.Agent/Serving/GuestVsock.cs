using Kata.Linux.Sockets;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Serving;

/// <summary>
/// A vsock port on which the agent listens, and at whose door it looks who comes: everything in the guest can connect to it as well, a container's process
/// included, where the kernel has a loopback transport. Only the host gets in; at a listener on the local context, which is for development, only this machine.
/// </summary>
/// <remarks>The kernel itself fills in who connects: nothing in a guest can come from the host's number.</remarks>
internal sealed partial class GuestVsock : IDisposable
{
    private readonly VsockListener _listener;
    private readonly ILogger _logger;
    private bool _refused;

    private GuestVsock(VsockListener listener, ILogger logger)
    {
        _listener = listener;
        _logger = logger;
    }

    /// <summary>Where it listens.</summary>
    public VsockAddress LocalAddress => _listener.LocalAddress;

    /// <summary>Begins to listen.</summary>
    /// <param name="address">Any context, the guest's own, or the local one.</param>
    /// <param name="logger">Where the first connection that was refused goes.</param>
    /// <exception cref="Kata.Linux.LinuxException">EADDRINUSE: the port is taken. EADDRNOTAVAIL: no such context here. EAFNOSUPPORT: no vsock in this kernel.</exception>
#pragma warning disable RS0030 // The one place that may listen, as it is the one that looks who comes.
    public static GuestVsock Listen(VsockAddress address, ILogger logger) => new(VsockListener.Listen(address), logger);
#pragma warning restore RS0030

    /// <summary>Whether somebody may come in.</summary>
    /// <param name="listener">The context that is listened on.</param>
    /// <param name="peer">The context that connected.</param>
    public static bool Admits(uint listener, uint peer) => peer == (listener == VsockAddress.LocalContext ? VsockAddress.LocalContext : VsockAddress.HostContext);

    /// <summary>The next connection of somebody who may come in; others are closed. One call at a time.</summary>
    /// <exception cref="Kata.Linux.LinuxException">A limit is reached; the connection still waits.</exception>
    public async ValueTask<(FdStream Stream, VsockAddress Peer)> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            (FdStream stream, VsockAddress peer) = await _listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            if (Admits(LocalAddress.ContextId, peer.ContextId))
            {
                return (stream, peer);
            }

            await stream.DisposeAsync().ConfigureAwait(false);
            LogRefusal(peer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    // Whoever may not come in may not fill the log either.
    private void LogRefusal(VsockAddress peer)
    {
        if (!_refused)
        {
            _refused = true;
            LogRefused(_logger, LocalAddress, peer);
        }
    }

    [LoggerMessage(EventId = 808, Level = LogLevel.Warning, Message = "{Listener} is not for {Peer}: connections from there are closed")]
    private static partial void LogRefused(ILogger logger, VsockAddress listener, VsockAddress peer);
}
