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
        CallOf(context).RegisterForDispose(resource);
    }

    /// <summary>Ends the reply of a unary call with a field whose bytes are not in memory. Interceptors do not see it in the reply.</summary>
    /// <param name="context">The call; its handler has not returned yet.</param>
    /// <param name="field">The number of a field of bytes that the reply leaves out; 1 to 15.</param>
    /// <param name="tail">The bytes; taken over.</param>
    /// <exception cref="InvalidOperationException">No call of a <see cref="TtrpcServer"/>.</exception>
    public static void EndReplyWith(this ServerCallContext context, int field, IReplyTail tail)
    {
        ArgumentNullException.ThrowIfNull(tail);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(field);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(field, 15);
        CallOf(context).EndReplyWith(field, tail);
    }

    private static ServerCall CallOf(ServerCallContext context) =>
        context as ServerCall ?? throw new InvalidOperationException("the call was not received by a TtrpcServer");
}
