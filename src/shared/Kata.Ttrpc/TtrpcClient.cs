using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Kata.Ttrpc.Client;

namespace Kata.Ttrpc;

/// <summary>
/// The client's end of a ttRPC connection, for any stub that Grpc.Tools generates: <c>new Greeter.GreeterClient(ttrpcClient)</c>. Any number of calls
/// run at a time. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Failures are <see cref="RpcException"/>s. A call past its deadline fails with DeadlineExceeded and a cancelled one with Cancelled, at once and
/// whatever the server does; ttRPC cannot tell the server that a unary call was cancelled, only its deadline. Calls on a lost connection fail with
/// Unavailable. The details of a google.rpc.Status are in the trailer <c>grpc-status-details-bin</c>.
/// </remarks>
public sealed class TtrpcClient : CallInvoker, IAsyncDisposable
{
    private readonly ClientConnection _connection;

    /// <summary>Starts using a connected transport.</summary>
    /// <param name="transport">A bidirectional stream with truly asynchronous reads; disposed with this client.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    public TtrpcClient(Stream transport, TtrpcClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        options ??= new TtrpcClientOptions();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxMessageLength, TtrpcLimits.MaxMessageLength, nameof(options));
        _connection = new ClientConnection(transport, options);
    }

    /// <summary>Completes when the connection is gone, for whatever reason. Never faults.</summary>
    public Task Closed => _connection.Closed;

    /// <summary>Why the connection is gone; null while it is not.</summary>
    public string? CloseReason => _connection.CloseReason;

    /// <inheritdoc/>
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        ArgumentNullException.ThrowIfNull(method);
        var call = new UnaryCall<TRequest, TResponse>(_connection, method, options);
        call.Start(request);
        return new AsyncUnaryCall<TResponse>(
            call.Response, ClientCall.NoHeaders, ClientCall.StatusOf, ClientCall.TrailersOf, ClientCall.Cancel, call);
    }

    /// <inheritdoc/>
    [SuppressMessage("Usage", "VSTHRD002", Justification = "A blocking call is what the caller asked for; completions never need the caller's thread.")]
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        using AsyncUnaryCall<TResponse> call = AsyncUnaryCall(method, host, options, request);
        return call.ResponseAsync.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        ArgumentNullException.ThrowIfNull(method);
        var call = new StreamingCall<TRequest, TResponse>(_connection, method, options);
        call.Start(request);
        return new AsyncServerStreamingCall<TResponse>(
            call, ClientCall.NoHeaders, ClientCall.StatusOf, ClientCall.TrailersOf, ClientCall.Cancel, call);
    }

    /// <inheritdoc/>
    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        ArgumentNullException.ThrowIfNull(method);
        var call = new StreamingCall<TRequest, TResponse>(_connection, method, options);
        call.Start();
        return new AsyncClientStreamingCall<TRequest, TResponse>(
            call, call.Response, ClientCall.NoHeaders, ClientCall.StatusOf, ClientCall.TrailersOf, ClientCall.Cancel, call);
    }

    /// <inheritdoc/>
    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        ArgumentNullException.ThrowIfNull(method);
        var call = new StreamingCall<TRequest, TResponse>(_connection, method, options);
        call.Start();
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            call, call, ClientCall.NoHeaders, ClientCall.StatusOf, ClientCall.TrailersOf, ClientCall.Cancel, call);
    }

    /// <summary>Closes the connection; calls in flight fail with Unavailable.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
