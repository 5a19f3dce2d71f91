using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Server;

/// <summary>A streaming request on its way through its handler.</summary>
internal sealed class StreamingCall<TRequest, TResponse>(
    ServerCallInfo info, Method<TRequest, TResponse> method, Func<StreamingCall<TRequest, TResponse>, Task<TResponse?>> handler, TRequest? request)
    : ServerCall(info, method), IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>
    where TRequest : class
    where TResponse : class
{
    /// <summary>The one request, where the client sends no stream.</summary>
    public TRequest? Request => request;

    /// <summary>Received and not yet read.</summary>
    public StreamQueue<TRequest> Requests { get; } = new(info.Connection.Options.StreamQueueLength);

    /// <inheritdoc/>
    TRequest IAsyncStreamReader<TRequest>.Current => Requests.Current ?? throw new InvalidOperationException("there is no current message");

    /// <inheritdoc/>
    WriteOptions? IAsyncStreamWriter<TResponse>.WriteOptions { get; set; }

    /// <inheritdoc/>
    public Task<bool> MoveNext(CancellationToken cancellationToken) => Requests.MoveNextAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task WriteAsync(TResponse message)
    {
        ArgumentNullException.ThrowIfNull(message);
        await Connection.Sender.WaitForRoomAsync(CancellationToken.None).ConfigureAwait(false);
        if (IsAnswered || !Connection.Send(Session, FrameBuilder.Data(StreamId, method.ResponseMarshaller, message, Connection.Options.MaxMessageLength)))
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "the client no longer takes messages of this stream"));
        }
    }

    public override FrameResult OnData(FrameHeader header, PayloadReader reader, ReadOnlyMemory<byte> body)
    {
        if (IsAnswered)
        {
            return FrameResult.Nothing;
        }

        if (method.Type == MethodType.ServerStreaming)
        {
            return Refuse($"{method.FullName} takes one request, not a stream of data");
        }

        bool noData = header.Flags.HasFlag(MessageFlags.NoData);
        if (noData && body.Length > 0)
        {
            return Refuse("a data frame with the no-data flag carries data");
        }

        Task? wait = null;
        if (!noData)
        {
            TRequest message;
            try
            {
                message = reader.Read(method.RequestMarshaller, body);
            }
#pragma warning disable CA1031 // Deserializers are the stubs' business; whatever they throw, the bytes are to blame.
            catch (Exception error)
#pragma warning restore CA1031
            {
                return Refuse($"malformed message to {method.FullName}: {error.Message}");
            }

            wait = Requests.Add(message, body.Length);
        }

        if (header.Flags.HasFlag(MessageFlags.RemoteClosed))
        {
            Requests.Complete(error: null);
        }

        return new FrameResult(null, wait);
    }

    protected override async Task HandleAsync()
    {
        TResponse? response = Interceptor is null
            ? await handler(this).ConfigureAwait(false)
            : await InterceptAsync(Interceptor).ConfigureAwait(false);
        if (method.Type == MethodType.ClientStreaming)
        {
            await AnswerAsync(method.ResponseMarshaller, response).ConfigureAwait(false);
        }
        else if (StatusCore.StatusCode != StatusCode.OK)
        {
            AnswerStatus(StatusCore, ResponseTrailersCore);
        }
        else
        {
            Answer(FrameBuilder.Raw(StreamId, MessageType.Data, MessageFlags.RemoteClosed | MessageFlags.NoData, []));
        }
    }

    protected override void StopReceiving() => Requests.Abort(new OperationCanceledException("the request has ended"));

    private async Task<TResponse?> InterceptAsync(TtrpcServerInterceptor interceptor)
    {
        var call = new TtrpcServerCall(method, this, request);
        await interceptor(call, async () => call.Response = await handler(this).ConfigureAwait(false)).ConfigureAwait(false);
        return (TResponse?)call.Response;
    }

    private FrameResult Refuse(string reason)
    {
        Fail(new Status(StatusCode.InvalidArgument, reason));
        return FrameResult.Nothing;
    }
}
