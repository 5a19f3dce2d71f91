using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Server;

/// <summary>One request, one reply.</summary>
internal sealed class UnaryMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler)
    : ServerMethod(method)
    where TRequest : class
    where TResponse : class
{
    public override ServerCall CreateCall(ServerCallInfo info, PayloadReader reader, ReadOnlyMemory<byte> payload, MessageFlags flags) =>
        new UnaryCall<TRequest, TResponse>(info, method, handler, reader.Read(method.RequestMarshaller, payload));
}
