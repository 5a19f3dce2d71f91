namespace Kata.Ttrpc;

/// <summary>Limits of a <see cref="TtrpcClient"/>.</summary>
public sealed record TtrpcClientOptions
{
    /// <summary>The largest frame body taken and sent, in bytes. The protocol's own limit, 4 MiB, is the default and the maximum.</summary>
    public int MaxMessageLength { get; init; } = TtrpcLimits.MaxMessageLength;

    /// <summary>
    /// Received messages that wait in one stream for its reader. When it is full, the connection is not read on until the reader takes one: ttRPC has
    /// no flow control of its own. Read streams to their end, or dispose their calls.
    /// </summary>
    public int StreamQueueLength { get; init; } = 64;

    /// <summary>Bytes of requests that wait for a server that does not read; beyond it, further calls wait to be sent.</summary>
    public int MaxQueuedBytes { get; init; } = 2 * TtrpcLimits.MaxMessageLength;

    /// <summary>The clock of deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
