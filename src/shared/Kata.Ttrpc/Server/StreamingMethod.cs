using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Server;

/// <summary>A method with a stream of requests, of replies, or of both.</summary>
internal sealed class StreamingMethod<TRequest, TResponse>(
    Method<TRequest, TResponse> method, Func<StreamingCall<TRequest, TResponse>, Task<TResponse?>> handler)
    : ServerMethod(method)
    where TRequest : class
    where TResponse : class
{
    public override ServerCall CreateCall(ServerCallInfo info, PayloadReader reader, ReadOnlyMemory<byte> payload, MessageFlags flags)
    {
        if (method.Type == MethodType.ServerStreaming)
        {
            return new StreamingCall<TRequest, TResponse>(info, method, handler, reader.Read(method.RequestMarshaller, payload));
        }

        var call = new StreamingCall<TRequest, TResponse>(info, method, handler, request: null);
        if (payload.Length > 0)
        {
            // The first message may come with the request.
            _ = call.Requests.Add(reader.Read(method.RequestMarshaller, payload), payload.Length);
        }

        if (flags.HasFlag(MessageFlags.RemoteClosed))
        {
            call.Requests.Complete(error: null);
        }

        return call;
    }
}
