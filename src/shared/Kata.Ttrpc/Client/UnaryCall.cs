using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Client;

/// <summary>One request, one response.</summary>
internal sealed class UnaryCall<TRequest, TResponse>(ClientConnection connection, Method<TRequest, TResponse> method, CallOptions options)
    : ClientCall(connection, method, options)
    where TRequest : class
    where TResponse : class
{
    // Continuations run inside SetResult, on purpose: Execute is only called where the caller's code may run.
    private readonly TaskCompletionSource<TResponse> _completion = new();
    private TResponse? _response;

    public Task<TResponse> Response => _completion.Task;

    public void Start(TRequest request) => SendRequest(method.RequestMarshaller, request, MessageFlags.RemoteClosed);

    public override FrameResult OnResponse(PayloadReader reader, ReadOnlyMemory<byte> body) =>
        TryClaimResponse(reader, method.ResponseMarshaller, body, out _response) ? new FrameResult(this) : FrameResult.Nothing;

    public override FrameResult OnData(FrameHeader header, PayloadReader reader, ReadOnlyMemory<byte> body)
    {
        End(new Status(StatusCode.Internal, $"the server streams data in answer to {Method.FullName}, which is unary"));
        return FrameResult.Nothing;
    }

    protected override void Complete()
    {
        if (Status.StatusCode == StatusCode.OK)
        {
            _completion.SetResult(_response!);
        }
        else
        {
            _completion.SetException(Failure());
        }
    }
}
