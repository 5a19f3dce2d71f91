using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Client;

/// <summary>
/// One call from start to end. Whoever claims the end first (the response, the deadline, the caller's cancellation, the loss of the connection) decides
/// how it ends; the rest comes too late.
/// </summary>
internal abstract class ClientCall(ClientConnection connection, IMethod method, CallOptions options) : IFrameWork
{
    // What a timer can wait for.
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(40);
    private static readonly Task<Metadata> NoHeadersTask = Task.FromResult(Metadata.Empty);

    private CancellationTokenRegistration _cancellation;
    private ITimer? _deadlineTimer;
    private Metadata? _trailers;
    private int _ended;
    private volatile bool _completed;

    /// <summary>ttRPC responses have no headers.</summary>
    public static Func<object, Task<Metadata>> NoHeaders { get; } = static _ => NoHeadersTask;

    public static Func<object, Status> StatusOf { get; } = static call => ((ClientCall)call).Completed().Status;

    public static Func<object, Metadata> TrailersOf { get; } = static call => ((ClientCall)call).Completed()._trailers ?? Metadata.Empty;

    public static Action<object> Cancel { get; } = static call => ((ClientCall)call).End(new Status(StatusCode.Cancelled, "the call was cancelled"));

    /// <summary>0 until the request is queued. Guarded by the connection's gate.</summary>
    public uint StreamId { get; set; }

    public bool HasEnded => Volatile.Read(ref _ended) != 0;

    protected ClientConnection Connection => connection;

    protected IMethod Method => method;

    /// <summary>How the call ended; meaningful after it was claimed.</summary>
    protected Status Status { get; private set; }

    /// <summary>The response frame of this call: its last frame.</summary>
    public abstract FrameResult OnResponse(PayloadReader reader, ReadOnlyMemory<byte> body);

    /// <summary>A data frame of this call.</summary>
    public abstract FrameResult OnData(FrameHeader header, PayloadReader reader, ReadOnlyMemory<byte> body);

    /// <summary>Ends the call, unless it has ended. The caller's code runs on the thread pool.</summary>
    public void End(Status status)
    {
        if (TryClaimEnd(status, trailers: null))
        {
            connection.Forget(this);
            ThreadPool.UnsafeQueueUserWorkItem(static call => call.Run(), this, preferLocal: false);
        }
    }

    /// <inheritdoc/>
    public void Execute()
    {
        connection.Sender.WorkBegun();
        Run();
    }

    /// <summary>Tells the caller how the call ended.</summary>
    public void Run()
    {
        _completed = true;
        _deadlineTimer?.Dispose();
        _cancellation.Dispose();
        Complete();
    }

    /// <summary>Completes the caller's tasks, running what waits for them.</summary>
    protected abstract void Complete();

    /// <summary>Called once, by the thread that ended the call, before the caller is told.</summary>
    protected bool TryClaimEnd(Status status, Metadata? trailers)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return false;
        }

        Status = status;
        _trailers = trailers;
        return true;
    }

    /// <summary>Parses a response frame and ends the call with its status.</summary>
    /// <param name="reader">Reads the message.</param>
    /// <param name="marshaller">Knows the message.</param>
    /// <param name="body">The frame's body.</param>
    /// <param name="message">The message, when the status is OK.</param>
    /// <returns>False when the call had ended before.</returns>
    protected bool TryClaimResponse<T>(PayloadReader reader, Marshaller<T> marshaller, ReadOnlyMemory<byte> body, out T? message)
        where T : class
    {
        message = null;
        if (!ResponseEnvelope.TryParse(body.Span, out ResponseEnvelope response))
        {
            return TryClaimEnd(new Status(StatusCode.Internal, $"the response to {method.FullName} is malformed"), trailers: null);
        }

        if (response.Status.StatusCode != StatusCode.OK)
        {
            Metadata? trailers = response.Details is { } details ? new Metadata { { StatusEnvelope.DetailsTrailer, details } } : null;
            return TryClaimEnd(response.Status, trailers);
        }

        if (!TryRead(reader, marshaller, body[response.Payload], out message, out Status failure))
        {
            return TryClaimEnd(failure, trailers: null);
        }

        if (TryClaimEnd(Status.DefaultSuccess, trailers: null))
        {
            return true;
        }

        // Nobody gets it: the memory that it holds, if it does, goes back.
        (message as IDisposable)?.Dispose();
        message = null;
        return false;
    }

    protected bool TryRead<T>(PayloadReader reader, Marshaller<T> marshaller, ReadOnlyMemory<byte> payload, out T? message, out Status failure)
        where T : class
    {
        try
        {
            message = reader.Read(marshaller, payload);
            failure = Status.DefaultSuccess;
            return true;
        }
#pragma warning disable CA1031 // Deserializers are the stubs' business; whatever they throw, the bytes are to blame.
        catch (Exception error)
#pragma warning restore CA1031
        {
            message = null;
            failure = new Status(StatusCode.Internal, $"the response to {method.FullName} is malformed: {error.Message}", error);
            return false;
        }
    }

    /// <summary>What to throw at a caller who goes on using a call that has ended.</summary>
    protected Exception EndedError() => (_completed, Status.StatusCode) switch
    {
        (false, _) => new RpcException(new Status(StatusCode.Cancelled, "the call has ended")),
        (true, StatusCode.OK) => new InvalidOperationException("the server has ended the call"),
        _ => Failure(),
    };

    protected RpcException Failure() => new(Status, _trailers ?? Metadata.Empty);

    /// <summary>Serializes the request and sends it, now or when there is room.</summary>
    protected void SendRequest<T>(Marshaller<T>? marshaller, T request, MessageFlags flags, bool waitForRoom = true)
    {
        if (options.CancellationToken.IsCancellationRequested)
        {
            Cancel(this);
            return;
        }

        if (!TryStartDeadline(out long timeoutNano))
        {
            End(new Status(StatusCode.DeadlineExceeded, $"the deadline had passed before {method.FullName} was called"));
            return;
        }

        Frame frame;
        try
        {
            var target = new RequestTarget(method.ServiceName, method.Name, timeoutNano, options.Headers);
            frame = FrameBuilder.Request(target, marshaller, request, flags, connection.Options.MaxMessageLength);
        }
        catch (RpcException error)
        {
            End(error.Status);
            return;
        }
#pragma warning disable CA1031 // Serializers are the stubs' business; the caller gets one kind of exception.
        catch (Exception error)
#pragma warning restore CA1031
        {
            End(new Status(StatusCode.Internal, $"the request to {method.FullName} could not be serialized: {error.Message}", error));
            return;
        }

        _cancellation = options.CancellationToken.UnsafeRegister(Cancel!, this);
        ValueTask room = waitForRoom ? connection.Sender.WaitForRoomAsync(options.CancellationToken) : ValueTask.CompletedTask;
        if (room.IsCompletedSuccessfully)
        {
            connection.Start(this, frame);
        }
        else
        {
            // Ends by itself: with the connection's room, or with the call.
            _ = StartWhenRoomAsync(room, frame);
        }
    }

    private async Task StartWhenRoomAsync(ValueTask room, Frame frame)
    {
        try
        {
            await room.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The registration ends the call; Start sees it and drops the frame.
            Cancel(this);
        }

        connection.Start(this, frame);
    }

    private bool TryStartDeadline(out long timeoutNano)
    {
        timeoutNano = 0;
        if (options.Deadline is not { } deadline || deadline == DateTime.MaxValue)
        {
            return true;
        }

        TimeSpan left = deadline.ToUniversalTime() - connection.Options.TimeProvider.GetUtcNow().UtcDateTime;
        if (left <= TimeSpan.Zero)
        {
            return false;
        }

        if (left < MaxTimeout)
        {
            timeoutNano = left.Ticks * TimeSpan.NanosecondsPerTick;
            _deadlineTimer = connection.Options.TimeProvider.CreateTimer(static call => ((ClientCall)call!).Expire(), this, left, Timeout.InfiniteTimeSpan);
        }

        return true;
    }

    private void Expire() => End(new Status(StatusCode.DeadlineExceeded, $"no response to {method.FullName} by the deadline"));

    private ClientCall Completed() =>
        _completed ? this : throw new InvalidOperationException("the call has not finished yet");
}
