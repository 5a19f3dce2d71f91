using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Server;

/// <summary>A unary request on its way through its handler.</summary>
internal sealed class UnaryCall<TRequest, TResponse>(
    ServerCallInfo info, Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler, TRequest request)
    : ServerCall(info, method)
    where TRequest : class
    where TResponse : class
{
    public override FrameResult OnData(FrameHeader header, PayloadReader reader, ReadOnlyMemory<byte> body)
    {
        Fail(new Status(StatusCode.InvalidArgument, $"{method.FullName} takes one request, not a stream of data"));
        return FrameResult.Nothing;
    }

    protected override async Task HandleAsync()
    {
        TResponse? response = Interceptor is null
            ? await handler(request, this).ConfigureAwait(false)
            : await InterceptAsync(Interceptor).ConfigureAwait(false);
        await AnswerAsync(method.ResponseMarshaller, response).ConfigureAwait(false);
    }

    private async Task<TResponse?> InterceptAsync(TtrpcServerInterceptor interceptor)
    {
        var call = new TtrpcServerCall(method, this, request);
        await interceptor(call, async () => call.Response = await handler(request, this).ConfigureAwait(false)).ConfigureAwait(false);
        return (TResponse?)call.Response;
    }
}
