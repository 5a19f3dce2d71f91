namespace Kata.Ttrpc;

/// <summary>Where a server's connections come from, for transports other than <see cref="System.Net.Sockets.Socket"/>.</summary>
public interface ITtrpcListener
{
    /// <summary>The user who listens: by default the only one who may connect.</summary>
    uint OwnerId { get; }

    /// <summary>The next connection. One call at a time.</summary>
    /// <returns>Null when it was gone before it could be served.</returns>
    /// <exception cref="IOException">None can be had now, as when a descriptor limit is reached; the server asks again a little later.</exception>
    ValueTask<TtrpcConnection?> AcceptAsync(CancellationToken cancellationToken);
}
