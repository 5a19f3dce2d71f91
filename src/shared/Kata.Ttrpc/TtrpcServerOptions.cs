using Grpc.Core;

namespace Kata.Ttrpc;

/// <summary>Limits and policy of a <see cref="TtrpcServer"/>. The defaults suit a few trusted clients on one machine.</summary>
public sealed record TtrpcServerOptions
{
    /// <summary>The largest frame body taken and sent, in bytes. The protocol's own limit, 4 MiB, is the default and the maximum.</summary>
    public int MaxMessageLength { get; init; } = TtrpcLimits.MaxMessageLength;

    /// <summary>Requests of one connection that run at a time; further ones are answered with ResourceExhausted, so that those running can still be served.</summary>
    public int MaxConcurrentRequests { get; init; } = 1024;

    /// <summary>Connections served at a time by one listener; further ones wait to be accepted.</summary>
    public int MaxConnections { get; init; } = 256;

    /// <summary>
    /// Received messages that wait in one stream for its handler. When it is full, the connection is not read on until the handler takes one: ttRPC
    /// has no flow control of its own.
    /// </summary>
    public int StreamQueueLength { get; init; } = 64;

    /// <summary>Bytes of replies that wait for a peer that does not read; beyond it, handlers wait.</summary>
    public int MaxQueuedBytes { get; init; } = 2 * TtrpcLimits.MaxMessageLength;

    /// <summary>How long a connection that ends waits for its handlers, whose tokens are cancelled, and for their replies to be sent.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Decides who may connect to a unix listener. By default: only the user who listens.</summary>
    public Func<PeerCredentials, bool>? AcceptPeer { get; init; }

    /// <summary>Turns what a handler threw into the status the client gets; null for the default of <see cref="TtrpcStatus.FromException"/>.</summary>
    public Func<Exception, Status>? MapException { get; init; }

    /// <summary>Called around every request: for logging, tracing, policy.</summary>
    public TtrpcServerInterceptor? Interceptor { get; init; }

    /// <summary>
    /// For a byte channel that outlives its users, such as a virtio-serial port: clients open each session with
    /// <see cref="TtrpcSession.EstablishAsync"/>, and leftovers of an earlier session are dropped.
    /// </summary>
    public bool AllowNewSessions { get; init; }

    /// <summary>
    /// Called when a connection ends because the server stops, with its transport, once the last replies are written and before it is closed: where writing is
    /// not yet sending, and the machine is about to end, there is time here to see them off. It bounds its own time and does not throw.
    /// </summary>
    public Func<Stream, Task>? SeeOff { get; init; }

    /// <summary>The clock of deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
