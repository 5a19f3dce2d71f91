using Grpc.Core;
using Kata.Primitives;

namespace Kata.Ttrpc;

/// <summary>Between exceptions and the status that travels.</summary>
public static class TtrpcStatus
{
    /// <summary>
    /// What a client learns of a failure: <see cref="RpcException"/> as it is, <see cref="KataException"/> by its code, a cancelled operation as
    /// Cancelled, an unimplemented one as Unimplemented; anything else is Unknown with its message. Never a stack trace.
    /// </summary>
    public static Status FromException(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error switch
        {
            RpcException rpc => rpc.Status,
            KataException kata => new Status((StatusCode)(int)kata.Code, kata.Message),
            OperationCanceledException => new Status(StatusCode.Cancelled, "the request was cancelled"),
            NotImplementedException or NotSupportedException => new Status(StatusCode.Unimplemented, error.Message),
            _ => new Status(StatusCode.Unknown, error.Message),
        };
    }
}
