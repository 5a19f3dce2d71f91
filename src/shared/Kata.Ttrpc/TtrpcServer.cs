using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Kata.Ttrpc.Server;
using Microsoft.Extensions.Logging;

namespace Kata.Ttrpc;

/// <summary>
/// Serves gRPC services over ttRPC. Bind them with the <c>BindService(ServiceBinderBase, …)</c> that Grpc.Tools generates, then serve any number of
/// connections. Safe for concurrent use once the services are bound.
/// </summary>
/// <remarks>
/// Requests of one connection run concurrently and are answered as they finish. A handler's synchronous part may run on the thread that received the
/// request, but never holds up the connection. When the client disconnects, <see cref="ServerCallContext.CancellationToken"/> of its requests is
/// cancelled; ttRPC has no message with which a client cancels one request.
/// </remarks>
public sealed partial class TtrpcServer : ServiceBinderBase
{
    private const int MaxNameLength = 512;

    private readonly ILogger _logger;
    private readonly Dictionary<string, ServerMethod> _methods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServerMethod>.AlternateLookup<ReadOnlySpan<char>> _methodsByName;
    private readonly Lock _binding = new(); // taken only where methods are bound on demand
    private readonly Dictionary<string, Func<string, bool>> _onDemand = new(StringComparer.Ordinal);

    /// <summary>A server without services.</summary>
    /// <param name="logger">Where refused connections, protocol errors and unexpected failures of handlers go.</param>
    /// <param name="options">Limits and policy; null for the defaults.</param>
    public TtrpcServer(ILogger logger, TtrpcServerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(logger);
        _logger = logger;
        Options = options ?? new TtrpcServerOptions();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Options.MaxMessageLength, TtrpcLimits.MaxMessageLength, nameof(options));
        _methodsByName = _methods.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    internal TtrpcServerOptions Options { get; }

    /// <inheritdoc/>
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null)
        {
            AddUnary(method, handler);
        }
    }

    /// <summary>
    /// Binds one method, as the generated code does through <see cref="AddMethod{TRequest, TResponse}(Method{TRequest, TResponse}, UnaryServerMethod{TRequest, TResponse}?)"/>,
    /// but not through a virtual generic method, which Native AOT resolves only when it runs: for programs whose start counts.
    /// </summary>
    public void AddUnary<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(handler);
        Add(new UnaryMethod<TRequest, TResponse>(method, handler));
    }

    /// <summary>Lets the methods of a service be bound when they are first called, for programs whose start counts. Call it before serving.</summary>
    /// <param name="service">The service's full name: <c>grpc.Health</c>.</param>
    /// <param name="bind">
    /// Gets the name of a method that was called and is not bound; binds it with <see cref="AddUnary"/> and returns true, or returns false when there is no
    /// such method. One call at a time.
    /// </param>
    public void BindOnDemand(string service, Func<string, bool> bind)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(bind);
        _onDemand.Add(service, bind);
    }

    /// <inheritdoc/>
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null)
        {
            Add(new StreamingMethod<TRequest, TResponse>(method, async call =>
            {
                await handler(call.Request!, call, call).ConfigureAwait(false);
                return null;
            }));
        }
    }

    /// <inheritdoc/>
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null)
        {
            Add(new StreamingMethod<TRequest, TResponse>(method, async call => await handler(call, call).ConfigureAwait(false)));
        }
    }

    /// <inheritdoc/>
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        if (handler is not null)
        {
            Add(new StreamingMethod<TRequest, TResponse>(method, async call =>
            {
                await handler(call, call, call).ConfigureAwait(false);
                return null;
            }));
        }
    }

    /// <summary>Serves one connection until the client closes it.</summary>
    /// <param name="transport">A bidirectional stream with truly asynchronous reads. It stays the caller's, who closes it afterwards.</param>
    /// <param name="cancellationToken">
    /// Stops reading and cancels the handlers; replies they give within <see cref="TtrpcServerOptions.ShutdownGrace"/> are still sent.
    /// </param>
    /// <returns>Completes after the last handler. Failures of the connection are logged, not thrown.</returns>
    public Task ServeAsync(Stream transport, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        return new ServerConnection(this, transport, peer: null, _logger).RunAsync(cancellationToken);
    }

    /// <summary>Accepts and serves connections of a listening unix socket until cancelled, each peer checked by <see cref="TtrpcServerOptions.AcceptPeer"/>.</summary>
    /// <param name="listener">Bound and listening. It stays the caller's.</param>
    /// <param name="cancellationToken">Stops accepting, and every connection as in <see cref="ServeAsync(Stream, CancellationToken)"/>.</param>
    /// <returns>Completes after the last connection.</returns>
    public Task ServeAsync(Socket listener, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return ServeAsync(new SocketListener(listener), cancellationToken);
    }

    /// <summary>Accepts and serves connections until cancelled, each peer checked by <see cref="TtrpcServerOptions.AcceptPeer"/>.</summary>
    /// <param name="listener">Where they come from. It stays the caller's.</param>
    /// <param name="cancellationToken">Stops accepting, and every connection as in <see cref="ServeAsync(Stream, CancellationToken)"/>.</param>
    /// <returns>Completes after the last connection.</returns>
    public async Task ServeAsync(ITtrpcListener listener, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(listener);
        uint owner = listener.OwnerId;
        Func<PeerCredentials, bool> accept = Options.AcceptPeer ?? (peer => peer.UserId == owner);
        var connections = new ConnectionSet(Options.MaxConnections);
        try
        {
            while (true)
            {
                await connections.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
                if (await AcceptAsync(listener, cancellationToken).ConfigureAwait(false) is { } connection)
                {
                    connections.Add(ServeAcceptedAsync(connection, accept, cancellationToken));
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way a listener ends.
        }
        finally
        {
            await connections.WhenAllAsync().ConfigureAwait(false);
        }
    }

    internal ServerMethod? Find(ReadOnlySpan<byte> service, ReadOnlySpan<byte> method)
    {
        if (service.Length + method.Length > MaxNameLength)
        {
            return null;
        }

        Span<char> name = stackalloc char[MaxNameLength + 2];
        int length = 0;
        name[length++] = '/';
        length += Encoding.UTF8.GetChars(service, name[length..]);
        name[length++] = '/';
        int methodStart = length;
        length += Encoding.UTF8.GetChars(method, name[length..]);
        return _onDemand.Count == 0
            ? _methodsByName.TryGetValue(name[..length], out ServerMethod? found) ? found : null
            : FindOrBind(name[..length], methodStart);
    }

    private ServerMethod? FindOrBind(ReadOnlySpan<char> name, int methodStart)
    {
        lock (_binding)
        {
            if (_methodsByName.TryGetValue(name, out ServerMethod? found))
            {
                return found;
            }

            return _onDemand.TryGetValue(name[1..(methodStart - 1)].ToString(), out Func<string, bool>? bind) && bind(name[methodStart..].ToString())
                ? _methodsByName[name]
                : null;
        }
    }

    private void Add(ServerMethod method)
    {
        if (!_methods.TryAdd(method.Method.FullName, method))
        {
            throw new InvalidOperationException($"{method.Method.FullName} is bound already");
        }
    }

    private async Task<TtrpcConnection?> AcceptAsync(ITtrpcListener listener, CancellationToken cancellationToken)
    {
        try
        {
            return await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            LogAcceptFailed(_logger, error.Message);
            await Task.Delay(TimeSpan.FromMilliseconds(100), Options.TimeProvider, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    private async Task ServeAcceptedAsync(TtrpcConnection connection, Func<PeerCredentials, bool> accept, CancellationToken cancellationToken)
    {
        await using (connection.Transport.ConfigureAwait(false))
        {
            PeerCredentials peer = connection.Peer;
            if (!accept(peer))
            {
                LogRefused(_logger, peer.ProcessId, peer.UserId);
                return;
            }

            await new ServerConnection(this, connection.Transport, peer, _logger).RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
