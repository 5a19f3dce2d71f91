using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Server;

/// <summary>
/// One request from arrival to answer, and the context its handler sees. It is answered exactly once: by its handler, by its deadline, or not at all
/// when the connection is gone.
/// </summary>
internal abstract class ServerCall(ServerCallInfo info, IMethod method) : ServerCallContext, IFrameWork
{
    /// <summary>What a timer can wait for; a longer timeout is none.</summary>
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(40);

    private readonly DateTime _deadline = info.Timeout is { } timeout && timeout < MaxTimeout
        ? info.Connection.Options.TimeProvider.GetUtcNow().UtcDateTime + timeout
        : DateTime.MaxValue;

    private CancellationTokenSource? _cancellation;
    private ITimer? _deadlineTimer;
    private Metadata? _headers = info.Headers;
    private Metadata? _trailers;
    private Dictionary<object, object>? _userState;
    private AuthContext? _authContext;
    private List<IDisposable>? _resources;
    private (int Field, IReplyTail Bytes)? _tail;
    private int _answered;
    private int _cancelled;

    public uint StreamId => info.StreamId;

    public int Session => info.Session;

    protected ServerConnection Connection => info.Connection;

    protected TtrpcServerInterceptor? Interceptor => info.Connection.Options.Interceptor;

    protected bool IsAnswered => Volatile.Read(ref _answered) != 0;

    /// <inheritdoc/>
    protected override string MethodCore => method.FullName;

    /// <inheritdoc/>
    protected override string HostCore => "";

    /// <inheritdoc/>
    protected override string PeerCore => info.Connection.Peer;

    /// <inheritdoc/>
    protected override DateTime DeadlineCore => _deadline;

    /// <inheritdoc/>
    protected override Metadata RequestHeadersCore => _headers ??= [];

    /// <inheritdoc/>
    protected override Metadata ResponseTrailersCore => _trailers ??= [];

    /// <inheritdoc/>
    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    /// <inheritdoc/>
    protected override WriteOptions? WriteOptionsCore { get; set; }

    /// <inheritdoc/>
    protected override AuthContext AuthContextCore => _authContext ??= new AuthContext(null, []);

    /// <inheritdoc/>
    protected override IDictionary<object, object> UserStateCore => _userState ??= [];

    /// <summary>Made when first asked for: most handlers of quick calls never do.</summary>
    protected override CancellationToken CancellationTokenCore
    {
        get
        {
            if (_cancellation is null)
            {
                Interlocked.CompareExchange(ref _cancellation, new CancellationTokenSource(), null);
                if (Volatile.Read(ref _cancelled) != 0)
                {
                    _cancellation.Cancel();
                }
            }

            return _cancellation.Token;
        }
    }

    /// <summary>Starts the deadline. Called once, after the call is registered with its connection.</summary>
    public void StartDeadline()
    {
        if (info.Timeout is { } timeout && timeout < MaxTimeout)
        {
            _deadlineTimer = Connection.Options.TimeProvider.CreateTimer(
                static call => ((ServerCall)call!).Expire(), this, timeout, Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc/>
    public void Execute()
    {
        Connection.Sender.WorkBegun();
        Run();
    }

    /// <summary>Runs the handler and answers.</summary>
    public void Run()
    {
        // Owned by the connection, which waits until the call reports that it has finished.
        _ = RunAsync();
    }

    /// <summary>The client no longer waits: cancels the handler, whose answer is dropped.</summary>
    public void Abandon()
    {
        TryClaimAnswer();
        Cancel();
    }

    /// <summary>Cancels the handler, which may still answer.</summary>
    public void Cancel()
    {
        if (Interlocked.Exchange(ref _cancelled, 1) != 0)
        {
            return;
        }

        if (Volatile.Read(ref _cancellation) is { } cancellation)
        {
            // Callbacks of handlers must not run on the receive loop.
            _ = cancellation.CancelAsync();
        }

        StopReceiving();
    }

    /// <summary>Disposes a resource once the call is answered. Only for the handler, before it returns.</summary>
    public void RegisterForDispose(IDisposable resource) => (_resources ??= []).Add(resource);

    /// <summary>Ends the reply with a field that is not in memory; one that was given before is dropped. Only for the handler, before it returns.</summary>
    public void EndReplyWith(int field, IReplyTail tail)
    {
        _tail?.Bytes.Dispose();
        _tail = (field, tail);
    }

    /// <summary>A data frame of this stream.</summary>
    public abstract FrameResult OnData(FrameHeader header, PayloadReader reader, ReadOnlyMemory<byte> body);

    /// <summary>Ends the stream with an error that the client made.</summary>
    public void Fail(Status status)
    {
        AnswerStatus(status, trailers: null);
        Cancel();
    }

    /// <summary>Runs the handler to its answer. What it throws becomes the status.</summary>
    protected abstract Task HandleAsync();

    /// <summary>Nothing more is to be received: who waits for a message, or for room for one, goes on.</summary>
    protected virtual void StopReceiving()
    {
    }

    /// <summary>Sends the reply, or the status that the handler has set instead.</summary>
    protected async ValueTask AnswerAsync<T>(Marshaller<T> marshaller, T? response)
        where T : class
    {
        if (StatusCore.StatusCode != StatusCode.OK)
        {
            AnswerStatus(StatusCore, _trailers);
            return;
        }

        if (response is null)
        {
            AnswerStatus(new Status(StatusCode.Internal, $"{method.FullName} returned no reply"), trailers: null);
            return;
        }

        await Connection.Sender.WaitForRoomAsync(CancellationToken.None).ConfigureAwait(false);
        if (IsAnswered)
        {
            return;
        }

        Frame frame = FrameBuilder.Response(StreamId, marshaller, response, Connection.Options.MaxMessageLength, _tail);
        _tail = null; // the frame's now
        Answer(frame);
    }

    /// <summary>Sends the final frame of the stream, unless it is answered already.</summary>
    protected void Answer(Frame frame)
    {
        if (TryClaimAnswer())
        {
            Connection.Send(Session, frame);
        }
        else
        {
            frame.Release();
        }
    }

    protected void AnswerStatus(Status status, Metadata? trailers)
    {
        if (!IsAnswered)
        {
            Answer(FrameBuilder.Response(StreamId, status, trailers));
        }
    }

    /// <inheritdoc/>
    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException("ttrpc calls do not propagate; pass the deadline and the token on by hand");

    /// <summary>ttRPC responses have no headers, so there is nothing to send ahead of the reply.</summary>
    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) =>
        responseHeaders is { Count: > 0 }
            ? throw new NotSupportedException("ttrpc responses carry no headers")
            : Task.CompletedTask;

    private bool TryClaimAnswer() => Interlocked.Exchange(ref _answered, 1) == 0;

    private void Expire()
    {
        AnswerStatus(new Status(StatusCode.DeadlineExceeded, $"{method.FullName} did not finish within {info.Timeout?.TotalSeconds:0.###} s"), trailers: null);
        Cancel();
    }

    private async Task RunAsync()
    {
        try
        {
            await HandleAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a handler throws becomes the status the client gets.
        catch (Exception error)
#pragma warning restore CA1031
        {
            AnswerStatus(Connection.MapException(method, error), (error as RpcException)?.Trailers ?? _trailers);
        }
        finally
        {
            if (_deadlineTimer is { } timer)
            {
                await timer.DisposeAsync().ConfigureAwait(false);
            }

            _tail?.Bytes.Dispose();
            _resources?.ForEach(static resource => resource.Dispose());
            StopReceiving();
            Connection.OnFinished(this);
        }
    }
}
