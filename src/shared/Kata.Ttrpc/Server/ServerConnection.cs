using System.Text;
using Grpc.Core;
using Kata.Primitives;
using Kata.Ttrpc.Wire;
using Microsoft.Extensions.Logging;

namespace Kata.Ttrpc.Server;

/// <summary>The server's end of one connection: turns request frames into calls and holds those that run.</summary>
internal sealed class ServerConnection : IFrameHandler
{
    private readonly Lock _gate = new();
    private readonly TtrpcServer _server;
    private readonly Stream _transport;
    private readonly ILogger _logger;
    private readonly PayloadReader _reader = new();
    private readonly FrameReceiver _receiver;
    private readonly CancellationTokenSource _stopReading = new();
    private readonly CancellationTokenSource _abortWriting = new();

    // All calls whose handler has not returned; those of an earlier session only wait to end.
    private readonly HashSet<ServerCall> _running = [];
    private readonly Dictionary<uint, ServerCall> _streams = [];
    private TaskCompletionSource? _idle;
    private Exception? _sendFailure;
    private byte[] _marker = [];
    private uint _lastStreamId;
    private int _session;
    private bool _complained;

    public ServerConnection(TtrpcServer server, Stream transport, PeerCredentials? peer, ILogger logger)
    {
        _server = server;
        _transport = transport;
        _logger = logger;
        Peer = peer is { } known ? $"unix:pid={known.ProcessId},uid={known.UserId},gid={known.GroupId}" : "";
        Sender = new FrameSender(transport, server.Options.MaxQueuedBytes, OnSendFailed, _abortWriting.Token);
        _receiver = new FrameReceiver(
            transport, Sender, server.Options.MaxMessageLength, _stopReading.Token, server.Options.AllowNewSessions ? server.Options.TimeProvider : null);
    }

    public TtrpcServerOptions Options => _server.Options;

    public FrameSender Sender { get; }

    /// <summary>The peer in words; empty when unknown.</summary>
    public string Peer { get; }

    /// <summary>Serves until the peer closes or <paramref name="stop"/>; returns after the last handler, or after the grace time.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using CancellationTokenRegistration stopping = stop.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _stopReading);
        try
        {
            await _receiver.RunAsync(this).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopReading.IsCancellationRequested)
        {
            if (_sendFailure is not null)
            {
                TtrpcServer.LogLost(_logger, _sendFailure.Message);
            }
        }
#pragma warning disable CA1031 // A transport may throw anything; it ends this connection and no other.
        catch (Exception error)
#pragma warning restore CA1031
        {
            TtrpcServer.LogLost(_logger, error.Message);
        }

        bool replyFirst = stop.IsCancellationRequested && _sendFailure is null;
        await CloseAsync(replyFirst).ConfigureAwait(false);
        if (replyFirst && Options.SeeOff is { } seeOff)
        {
            await seeOff(_transport).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public FrameResult OnFrame(FrameHeader header, ReadOnlyMemory<byte> body)
    {
        switch (header.Type)
        {
            case MessageType.Request:
                return OnRequest(header, body);
            case MessageType.Data:
                return OnData(header, body);
            case MessageType.Session when Options.AllowNewSessions && SessionMarker.IsMarker(body.Span):
                return OnNewSession(body);
            case MessageType.Response:
                // Never answered: two servers connected to each other would go on for ever.
                Complain(header.StreamId, "the client sent a response");
                return FrameResult.Nothing;
            default:
                return Reject(header.StreamId, StatusCode.InvalidArgument, $"unknown message type 0x{(byte)header.Type:x2}");
        }
    }

    /// <inheritdoc/>
    public FrameResult OnOversizedFrame(FrameHeader header)
    {
        var status = new Status(StatusCode.ResourceExhausted, $"message of {header.Length} bytes exceeds the maximum of {Options.MaxMessageLength}");
        if (header.Type == MessageType.Data && Find(header.StreamId) is { } call)
        {
            call.Fail(status);
            return FrameResult.Nothing;
        }

        if (header.Type == MessageType.Response)
        {
            return FrameResult.Nothing;
        }

        if (header.Type == MessageType.Request && (header.StreamId & 1) != 0)
        {
            _lastStreamId = Math.Max(_lastStreamId, header.StreamId);
        }

        return Reject(header.StreamId, status.StatusCode, status.Detail);
    }

    /// <summary>Sends a frame of a call.</summary>
    /// <returns>False when its session or the connection is over.</returns>
    public bool Send(int session, Frame frame)
    {
        lock (_gate)
        {
            if (session != _session)
            {
                frame.Release();
                return false;
            }

            if (!Sender.TryEnqueue(frame))
            {
                return false;
            }
        }

        Sender.Flush();
        return true;
    }

    /// <summary>A handler has returned and its call is answered.</summary>
    public void OnFinished(ServerCall call)
    {
        lock (_gate)
        {
            _running.Remove(call);
            if (call.Session == _session)
            {
                _streams.Remove(call.StreamId);
            }

            if (_running.Count == 0)
            {
                _idle?.TrySetResult();
            }
        }
    }

    /// <summary>The status for what a handler threw. What nobody expected is logged with its stack, which the client never sees.</summary>
    public Status MapException(IMethod method, Exception error)
    {
        if (error is not (RpcException or KataException or OperationCanceledException or NotImplementedException))
        {
            TtrpcServer.LogUnexpected(_logger, method.FullName, error);
        }

        try
        {
            return Options.MapException?.Invoke(error) ?? TtrpcStatus.FromException(error);
        }
#pragma warning disable CA1031 // The client must get an answer even if the caller's mapping is wrong.
        catch (Exception mapping)
#pragma warning restore CA1031
        {
            TtrpcServer.LogUnexpected(_logger, method.FullName, mapping);
            return TtrpcStatus.FromException(error);
        }
    }

    private FrameResult OnRequest(FrameHeader header, ReadOnlyMemory<byte> body)
    {
        uint id = header.StreamId;
        if ((id & 1) == 0)
        {
            return Reject(id, StatusCode.InvalidArgument, $"stream id {id} is even; a client's ids are odd");
        }

        if (id <= _lastStreamId)
        {
            return Reject(id, StatusCode.InvalidArgument, $"stream id {id} was used before; ids must rise");
        }

        _lastStreamId = id;
        if (!RequestEnvelope.TryParse(body.Span, out RequestEnvelope request))
        {
            return Reject(id, StatusCode.InvalidArgument, "malformed request");
        }

        if (_server.Find(body.Span[request.Service], body.Span[request.Method]) is not { } method)
        {
            return Reject(id, StatusCode.Unimplemented, UnknownMethod(body.Span, request));
        }

        if (request.TimeoutNano < 0)
        {
            return Reject(id, StatusCode.DeadlineExceeded, "the deadline had passed before the request arrived");
        }

        TimeSpan? timeout = request.TimeoutNano == 0 ? null : TimeSpan.FromTicks(Math.Max(request.TimeoutNano / TimeSpan.NanosecondsPerTick, 1));
        return StartCall(method, new ServerCallInfo(this, _session, id, request.Metadata, timeout), body[request.Payload], header.Flags);
    }

    private FrameResult StartCall(ServerMethod method, ServerCallInfo info, ReadOnlyMemory<byte> payload, MessageFlags flags)
    {
        if (_running.Count >= Options.MaxConcurrentRequests)
        {
            return Reject(info.StreamId, StatusCode.ResourceExhausted, $"{Options.MaxConcurrentRequests} requests are running on this connection already");
        }

        ServerCall call;
        try
        {
            call = method.CreateCall(info, _reader, payload, flags);
        }
#pragma warning disable CA1031 // Deserializers are the stubs' business; whatever they throw, the bytes are to blame.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return Reject(info.StreamId, StatusCode.InvalidArgument, $"malformed request to {method.Method.FullName}: {error.Message}");
        }

        lock (_gate)
        {
            _running.Add(call);
            _streams.Add(info.StreamId, call);
        }

        call.StartDeadline();
        return new FrameResult(call);
    }

    private FrameResult OnData(FrameHeader header, ReadOnlyMemory<byte> body)
    {
        if (Find(header.StreamId) is { } call)
        {
            return call.OnData(header, _reader, body);
        }

        // What a client sent before it learned that the stream has ended is no error.
        return (header.StreamId & 1) != 0 && header.StreamId <= _lastStreamId
            ? FrameResult.Nothing
            : Reject(header.StreamId, StatusCode.InvalidArgument, $"data on stream {header.StreamId}, which was never opened");
    }

    private FrameResult OnNewSession(ReadOnlyMemory<byte> marker)
    {
        // Sent again because the answer was late: nothing new has begun.
        bool repeated = _lastStreamId == 0 && marker.Span.SequenceEqual(_marker);
        if (repeated)
        {
            Send(_session, SessionMarker.Reply(marker.Span));
            return FrameResult.Nothing;
        }

        _marker = marker.ToArray();
        int abandoned;
        lock (_gate)
        {
            _session++;
            _lastStreamId = 0;
            abandoned = _streams.Count;
            foreach (ServerCall call in _streams.Values)
            {
                call.Abandon();
            }

            _streams.Clear();
            Sender.Reset();
            Sender.TryEnqueue(SessionMarker.Reply(marker.Span));
        }

        Sender.Flush();
        if (abandoned > 0)
        {
            TtrpcServer.LogNewSession(_logger, abandoned);
        }

        return FrameResult.Nothing;
    }

    private ServerCall? Find(uint streamId)
    {
        lock (_gate)
        {
            return _streams.GetValueOrDefault(streamId);
        }
    }

    private FrameResult Reject(uint streamId, StatusCode code, string reason)
    {
        Complain(streamId, reason);
        Send(_session, FrameBuilder.Response(streamId, new Status(code, reason), trailers: null));

        // A peer that sends nonsense and reads no answers must not fill our memory with them.
        ValueTask room = Sender.WaitForRoomAsync(_stopReading.Token);
        return room.IsCompletedSuccessfully ? FrameResult.Nothing : new FrameResult(null, room.AsTask());
    }

    private void Complain(uint streamId, string reason)
    {
        // Once per connection: a hostile peer must not fill the log either.
        if (!_complained)
        {
            _complained = true;
            TtrpcServer.LogProtocolError(_logger, streamId, reason);
        }
    }

    private static string UnknownMethod(ReadOnlySpan<byte> body, RequestEnvelope request) =>
        $"unknown method /{Text(body[request.Service])}/{Text(body[request.Method])}";

    private static string Text(ReadOnlySpan<byte> name) => Printable.Escape(Encoding.UTF8.GetString(name[..Math.Min(name.Length, 256)]), 128);

    private void OnSendFailed(Exception error)
    {
        _sendFailure = error;
        Sender.Close();
        _stopReading.Cancel();
    }

    private async Task CloseAsync(bool replyFirst)
    {
        Task idle;
        lock (_gate)
        {
            _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_running.Count == 0)
            {
                _idle.SetResult();
            }

            idle = _idle.Task;
            foreach (ServerCall call in _running)
            {
                call.Cancel();
            }
        }

        if (!replyFirst)
        {
            Sender.Close();
        }

        try
        {
            using var grace = new CancellationTokenSource(Options.ShutdownGrace, Options.TimeProvider);
            await idle.WaitAsync(grace.Token).ConfigureAwait(false);
            await Sender.DrainedAsync().WaitAsync(grace.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            TtrpcServer.LogAbandoned(_logger, _running.Count);
        }

        Sender.Close();
        await _abortWriting.CancelAsync().ConfigureAwait(false);
    }
}
