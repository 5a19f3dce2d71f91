using Kata.Linux.Sockets;

namespace Kata.Agent.Serving;

/// <summary>Where the host connects for something else than ttRPC: the debug console, the log.</summary>
internal interface IConnectionSource : IDisposable
{
    /// <summary>Its address, for the log.</summary>
    string Name { get; }

    /// <summary>Waits for the next connection. One call at a time.</summary>
    /// <param name="firstByte">
    /// Whether to wait for the host's first byte where connecting itself cannot be seen, as on a virtio-serial port; that byte is in the stream still.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection, owned by the caller, and what was read from it already.</returns>
    ValueTask<(FdStream Stream, byte[] Begun)> AcceptAsync(bool firstByte, CancellationToken cancellationToken);
}
