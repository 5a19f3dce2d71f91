using Grpc.Core;

namespace Kata.Ttrpc;

/// <summary>One request, as an interceptor sees it.</summary>
/// <param name="Method">Which method; its name, service and kind.</param>
/// <param name="Context">Metadata, deadline, cancellation and peer.</param>
/// <param name="Request">The request message; null where the client sends a stream.</param>
public sealed record TtrpcServerCall(IMethod Method, ServerCallContext Context, object? Request)
{
    /// <summary>The reply of the handler, once it has succeeded; null where the server sends a stream.</summary>
    public object? Response { get; internal set; }
}
