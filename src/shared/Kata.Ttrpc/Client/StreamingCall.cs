using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Client;

/// <summary>A call with a stream of requests, of responses, or of both.</summary>
internal sealed class StreamingCall<TRequest, TResponse>(ClientConnection connection, Method<TRequest, TResponse> method, CallOptions options)
    : ClientCall(connection, method, options), IClientStreamWriter<TRequest>, IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private readonly StreamQueue<TResponse> _responses = new(connection.Options.StreamQueueLength);
    private readonly TaskCompletionSource<TResponse> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TResponse? _response;
    private int _requestsClosed;

    /// <summary>The one response, where the server sends no stream.</summary>
    public Task<TResponse> Response => _completion.Task;

    /// <inheritdoc/>
    TResponse IAsyncStreamReader<TResponse>.Current => _responses.Current ?? throw new InvalidOperationException("there is no current message");

    /// <inheritdoc/>
    WriteOptions? IAsyncStreamWriter<TRequest>.WriteOptions { get; set; }

    private bool ServerStreams => method.Type is MethodType.ServerStreaming or MethodType.DuplexStreaming;

    /// <summary>Opens the stream, with the one request.</summary>
    public void Start(TRequest request)
    {
        _requestsClosed = 1;
        SendRequest(method.RequestMarshaller, request, MessageFlags.RemoteClosed);
    }

    /// <summary>Opens the stream; the requests follow.</summary>
    public void Start() => SendRequest(marshaller: null, request: (TRequest?)null, MessageFlags.RemoteOpen, waitForRoom: false);

    /// <inheritdoc/>
    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    /// <inheritdoc/>
    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ThrowIfClosed();
        await Connection.Sender.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfClosed();
        Connection.Sender.TrySend(FrameBuilder.Data(StreamId, method.RequestMarshaller, message, Connection.Options.MaxMessageLength));
    }

    /// <inheritdoc/>
    public Task CompleteAsync()
    {
        if (Interlocked.Exchange(ref _requestsClosed, 1) == 0 && !HasEnded)
        {
            Connection.Sender.TrySend(FrameBuilder.Raw(StreamId, MessageType.Data, MessageFlags.RemoteClosed | MessageFlags.NoData, []));
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits for the next response. Cancelling ends the whole call, as a message may not be lost in between.</summary>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        try
        {
            return await _responses.MoveNextAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Cancel(this);
            throw new RpcException(new Status(StatusCode.Cancelled, "the call was cancelled"));
        }
    }

    public override FrameResult OnResponse(PayloadReader reader, ReadOnlyMemory<byte> body)
    {
        if (!TryClaimResponse(reader, method.ResponseMarshaller, body, out _response))
        {
            return FrameResult.Nothing;
        }

        if (ServerStreams && _response is not null && body.Length > 0)
        {
            // A server may send its last message in the response.
            _ = _responses.Add(_response, body.Length);
        }

        return new FrameResult(this);
    }

    public override FrameResult OnData(FrameHeader header, PayloadReader reader, ReadOnlyMemory<byte> body)
    {
        if (!ServerStreams)
        {
            End(new Status(StatusCode.Internal, $"the server streams data in answer to {method.FullName}, which has one response"));
            return FrameResult.Nothing;
        }

        Task? wait = null;
        if (!header.Flags.HasFlag(MessageFlags.NoData))
        {
            if (!TryRead(reader, method.ResponseMarshaller, body, out TResponse? message, out Status failure))
            {
                End(failure);
                return FrameResult.Nothing;
            }

            wait = _responses.Add(message!, body.Length);
        }

        if (header.Flags.HasFlag(MessageFlags.RemoteClosed) && TryClaimEnd(Status.DefaultSuccess, trailers: null))
        {
            Connection.Forget(this);
            return new FrameResult(this);
        }

        return new FrameResult(null, wait);
    }

    protected override void Complete()
    {
        if (Status.StatusCode != StatusCode.OK)
        {
            RpcException failure = Failure();
            _responses.Complete(failure);
            _completion.SetException(failure);
            if (ServerStreams)
            {
                // Nobody can await it; it must not be reported as unobserved.
                _ = _completion.Task.Exception;
            }

            return;
        }

        _responses.Complete(error: null);
        if (!ServerStreams)
        {
            _completion.SetResult(_response!);
        }
    }

    private void ThrowIfClosed()
    {
        if (HasEnded)
        {
            throw EndedError();
        }

        if (Volatile.Read(ref _requestsClosed) != 0)
        {
            throw new InvalidOperationException("the request stream was completed");
        }
    }
}
