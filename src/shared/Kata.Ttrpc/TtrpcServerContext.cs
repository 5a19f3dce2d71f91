using Grpc.Core;
using Kata.Ttrpc.Server;

namespace Kata.Ttrpc;

/// <summary>What a handler can ask of this transport beyond <see cref="ServerCallContext"/>.</summary>
public static class TtrpcServerContext
{
    /// <summary>
    /// Disposes a resource when the call's reply has been serialized, or the call has ended without one: for replies made over borrowed memory.
    /// </summary>
    /// <param name="context">The call; its handler has not returned yet.</param>
    /// <param name="resource">Must not throw when disposed.</param>
    /// <exception cref="InvalidOperationException">No call of a <see cref="TtrpcServer"/>.</exception>
    public static void RegisterForDispose(this ServerCallContext context, IDisposable resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (context is not ServerCall call)
        {
            throw new InvalidOperationException("the call was not received by a TtrpcServer");
        }

        call.RegisterForDispose(resource);
    }
}
