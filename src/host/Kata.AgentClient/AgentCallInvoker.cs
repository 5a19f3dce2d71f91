using System.Buffers;
using System.Collections.Concurrent;
using Grpc.Core;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.AgentClient;

/// <summary>
/// Between the stubs and the connection: gives each call its deadline and holds replies to what was asked for. The guest may be hostile, and one reply
/// of 4 MiB can become a hundred times that as objects.
/// </summary>
internal sealed class AgentCallInvoker(CallInvoker inner, AgentDeadlines deadlines, TimeProvider timeProvider) : CallInvoker
{
    private const int MaxDetailLength = 2000;

    // As many entries as there are RPCs.
    private readonly ConcurrentDictionary<string, object> _bounded = new(StringComparer.Ordinal);

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        AsyncUnaryCall<TResponse> call = inner.AsyncUnaryCall(Bounded(method), host, WithDeadline(options, method), request);
        return new AsyncUnaryCall<TResponse>(
            CheckAsync(method, request, call), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        try
        {
            TResponse response = inner.BlockingUnaryCall(Bounded(method), host, WithDeadline(options, method), request);
            Check(method, request, response);
            return response;
        }
        catch (RpcException error)
        {
            throw Clean(error);
        }
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw KataException.Unsupported($"{method.FullName}: the agent has no streaming calls");

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        throw KataException.Unsupported($"{method.FullName}: the agent has no streaming calls");

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        throw KataException.Unsupported($"{method.FullName}: the agent has no streaming calls");

    private static async Task<TResponse> CheckAsync<TRequest, TResponse>(
        Method<TRequest, TResponse> method, TRequest request, AsyncUnaryCall<TResponse> call)
        where TRequest : class
        where TResponse : class
    {
        try
        {
            TResponse response = await call.ResponseAsync.ConfigureAwait(false);
            Check(method, request, response);
            return response;
        }
        catch (RpcException error)
        {
            throw Clean(error);
        }
    }

    private static void Check(IMethod method, object request, object response)
    {
        bool tooMuch = (request, response) switch
        {
            (ReadStreamRequest asked, ReadStreamResponse given) => (uint)given.Data.Length > asked.Len,
            (ReadStreamRequest asked, IMemoryOwner<byte> given) => (uint)given.Memory.Length > asked.Len,
            (WriteStreamRequest sent, WriteStreamResponse taken) => taken.Len > (uint)sent.Data.Length,
            _ => false,
        };
        if (tooMuch)
        {
            (response as IDisposable)?.Dispose();
            throw new RpcException(new Status(StatusCode.Internal, $"the agent answered {method.Name} with more bytes than it was asked for"));
        }
    }

    /// <summary>The status as it came, with a text that is safe to show.</summary>
    private static RpcException Clean(RpcException error) =>
        new(new Status(error.StatusCode, Printable.Clean(error.Status.Detail, MaxDetailLength), error.Status.DebugException), error.Trailers);

    /// <summary>The most bytes a reply may have. Large ones are byte strings or texts, which do not grow when they are parsed.</summary>
    private static int MaxReplyLength(string method) => method switch
    {
        "ReadStdout" or "ReadStderr" or "GetMetrics" or "GetIPTables" or "SetIPTables" or "GetDiagnosticData" => Ttrpc.TtrpcLimits.MaxMessageLength,
        _ => 256 * 1024,
    };

    private CallOptions WithDeadline(CallOptions options, IMethod method) =>
        options.Deadline is null && deadlines.For(method.Name) is { } time
            ? options.WithDeadline(timeProvider.GetUtcNow().UtcDateTime + time)
            : options;

    private Method<TRequest, TResponse> Bounded<TRequest, TResponse>(Method<TRequest, TResponse> method)
        where TRequest : class
        where TResponse : class
    {
        int limit = MaxReplyLength(method.Name);
        if (limit == Ttrpc.TtrpcLimits.MaxMessageLength)
        {
            return method; // the connection takes no more
        }

        if (_bounded.TryGetValue(method.FullName, out object? known))
        {
            return (Method<TRequest, TResponse>)known;
        }

        Marshaller<TResponse> inner = method.ResponseMarshaller;
        var marshaller = new Marshaller<TResponse>(
            inner.ContextualSerializer,
            context => context.PayloadLength <= limit
                ? inner.ContextualDeserializer(context)
                : throw new InvalidDataException($"{context.PayloadLength} bytes, where at most {limit} make sense"));
        var bounded = new Method<TRequest, TResponse>(method.Type, method.ServiceName, method.Name, method.RequestMarshaller, marshaller);
        _bounded.TryAdd(method.FullName, bounded);
        return bounded;
    }
}
