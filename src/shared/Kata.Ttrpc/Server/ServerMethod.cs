using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Server;

/// <summary>A registered method: makes a call out of a request.</summary>
internal abstract class ServerMethod(IMethod method)
{
    public IMethod Method => method;

    /// <summary>Deserializes the request and makes the call that will answer it. Throws whatever the deserializer throws.</summary>
    public abstract ServerCall CreateCall(ServerCallInfo info, PayloadReader reader, ReadOnlyMemory<byte> payload, MessageFlags flags);
}
