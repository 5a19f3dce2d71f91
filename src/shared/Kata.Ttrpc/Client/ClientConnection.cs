using Grpc.Core;
using Kata.Ttrpc.Wire;

namespace Kata.Ttrpc.Client;

/// <summary>The client's end of one connection: gives out stream ids and brings responses to their calls.</summary>
internal sealed class ClientConnection : IFrameHandler, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Stream _transport;
    private readonly PayloadReader _reader = new(mayGiveAway: true);
    private readonly CancellationTokenSource _aborted = new();
    private readonly Dictionary<uint, ClientCall> _calls = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _receiving;
    private uint _nextStreamId = 1;
    private string? _closeReason;

    public ClientConnection(Stream transport, TtrpcClientOptions options)
    {
        _transport = transport;
        Options = options;
        Sender = new FrameSender(transport, options.MaxQueuedBytes, error => Close($"sending failed: {error.Message}"), _aborted.Token);
        _receiving = ReceiveAsync(new FrameReceiver(transport, Sender, options.MaxMessageLength, _aborted.Token));
    }

    public TtrpcClientOptions Options { get; }

    public FrameSender Sender { get; }

    public Task Closed => _closed.Task;

    public string? CloseReason => Volatile.Read(ref _closeReason);

    /// <summary>Gives the call its stream and sends its request. Takes ownership of the frame.</summary>
    public void Start(ClientCall call, Frame request)
    {
        string? refusal = null;
        lock (_gate)
        {
            if (call.HasEnded)
            {
                request.Release();
                return;
            }

            // The last id is left to session frames.
            refusal = _closeReason ?? (_nextStreamId == uint.MaxValue ? "the connection has used up its stream ids; open a new one" : null);
            if (refusal is null)
            {
                call.StreamId = _nextStreamId;
                _nextStreamId += 2;
                _calls.Add(call.StreamId, call);
                request.SetStreamId(call.StreamId);
                Sender.TryEnqueue(request);
            }
        }

        if (refusal is not null)
        {
            request.Release();
            call.End(new Status(StatusCode.Unavailable, refusal));
            return;
        }

        Sender.Flush();
    }

    /// <summary>The call has ended; what still arrives for it is dropped.</summary>
    public void Forget(ClientCall call)
    {
        lock (_gate)
        {
            _calls.Remove(call.StreamId);
        }
    }

    /// <inheritdoc/>
    public FrameResult OnFrame(FrameHeader header, ReadOnlyMemory<byte> body)
    {
        // Frames for calls that have ended, and types of a newer protocol, are no errors.
        ClientCall? call = Find(header.StreamId, remove: header.Type == MessageType.Response);
        FrameResult result = (call, header.Type) switch
        {
            (null, _) => FrameResult.Nothing,
            (_, MessageType.Response) => call.OnResponse(_reader, body),
            (_, MessageType.Data) => call.OnData(header, _reader, body),
            _ => FrameResult.Nothing,
        };
        return result with { BufferGivenAway = _reader.TakeGivenAway() };
    }

    /// <inheritdoc/>
    public FrameResult OnOversizedFrame(FrameHeader header)
    {
        Find(header.StreamId, remove: false)?.End(new Status(
            StatusCode.ResourceExhausted, $"the server sent a message of {header.Length} bytes; the maximum is {Options.MaxMessageLength}"));
        return FrameResult.Nothing;
    }

    public async ValueTask DisposeAsync()
    {
        Close("the connection was closed by this side");
        await _transport.DisposeAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        await Closed.ConfigureAwait(false);
    }

    private async Task ReceiveAsync(FrameReceiver receiver)
    {
        try
        {
            await receiver.RunAsync(this).ConfigureAwait(false);
            Close("the server closed the connection");
        }
#pragma warning disable CA1031 // A transport may throw anything; every call in flight gets to know it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Close($"receiving failed: {error.Message}");
        }

        _closed.TrySetResult();
    }

    private ClientCall? Find(uint streamId, bool remove)
    {
        lock (_gate)
        {
            if (!_calls.TryGetValue(streamId, out ClientCall? call))
            {
                return null;
            }

            if (remove)
            {
                _calls.Remove(streamId);
            }

            return call;
        }
    }

    private void Close(string reason)
    {
        ClientCall[] calls;
        lock (_gate)
        {
            if (_closeReason is not null)
            {
                return;
            }

            Volatile.Write(ref _closeReason, reason);
            calls = [.. _calls.Values];
            _calls.Clear();
        }

        Sender.Close();

        // Ends the receive loop even where disposing the transport does not.
        _ = _aborted.CancelAsync();
        foreach (ClientCall call in calls)
        {
            call.End(new Status(StatusCode.Unavailable, reason));
        }
    }
}
