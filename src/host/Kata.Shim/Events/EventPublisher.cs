using System.Threading.Channels;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kata.Protocols.Events;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging;

namespace Kata.Shim.Events;

/// <summary>
/// Hands events to containerd, in the order in which they were published. One sender works through a bounded queue; an event containerd does not take is
/// tried again with growing pauses, and the ones behind it wait.
/// </summary>
internal sealed partial class EventPublisher : IAsyncDisposable
{
    private const int QueueLength = 2048;
    private const int Attempts = 6;

    private readonly Channel<TaskEvent> _queue = Channel.CreateBounded<TaskEvent>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly Func<CancellationToken, Task<Stream>> _connect;
    private readonly string _namespace;
    private readonly ILogger _logger;
    private readonly EventPublisherOptions _options;
    private readonly CancellationTokenSource _giveUp = new();
    private readonly Task _sender;
    private TtrpcClient? _connection;

    /// <summary>Starts the sender; it connects when there is something to send.</summary>
    /// <param name="connect">Opens a connection to containerd's event service.</param>
    /// <param name="containerdNamespace">The namespace the events belong to.</param>
    /// <param name="logger">Where lost events are reported.</param>
    /// <param name="options">Time limits.</param>
    public EventPublisher(Func<CancellationToken, Task<Stream>> connect, string containerdNamespace, ILogger logger, EventPublisherOptions options)
    {
        _connect = connect;
        _namespace = containerdNamespace;
        _logger = logger;
        _options = options;
        _sender = Task.Run(SendAllAsync);
    }

    /// <summary>Queues an event. When the queue is full, containerd has been away for long: the event is dropped and logged rather than memory filled.</summary>
    public void Publish(string topic, string type, IMessage message)
    {
        if (!_queue.Writer.TryWrite(new TaskEvent(topic, type, message, _options.Time.GetUtcNow())))
        {
            LogDropped(_logger, topic, "the queue is full or closed");
        }
    }

    /// <summary>Sends what is queued, for as long as the options allow, then closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _giveUp.CancelAfter(_options.DrainTime);
        await _sender.ConfigureAwait(false);
        await DisconnectAsync().ConfigureAwait(false);
        _giveUp.Dispose();
    }

    private async Task SendAllAsync()
    {
        await foreach (TaskEvent item in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            await SendAsync(item).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(TaskEvent item)
    {
        var request = new ForwardRequest
        {
            Envelope = new Envelope
            {
                Timestamp = Timestamp.FromDateTimeOffset(item.At),
                Namespace = _namespace,
                Topic = item.Topic,

                // containerd wants the bare name as type URL, without a host.
                Event = new Any { TypeUrl = item.Type, Value = item.Message.ToByteString() },
            },
        };

        for (int attempt = 1; ; attempt++)
        {
            try
            {
                _giveUp.Token.ThrowIfCancellationRequested();
                await ForwardAsync(request).ConfigureAwait(false);
                return;
            }
#pragma warning disable CA1031 // Whatever keeps one event from containerd, the ones behind it must still be tried.
            catch (Exception error)
#pragma warning restore CA1031
            {
                await DisconnectAsync().ConfigureAwait(false);
                if (attempt == Attempts || _giveUp.IsCancellationRequested)
                {
                    LogDropped(_logger, item.Topic, error.Message);
                    return;
                }

                await PauseAsync(attempt).ConfigureAwait(false);
            }
        }
    }

    private async Task ForwardAsync(ForwardRequest request)
    {
        _connection ??= new TtrpcClient(await _connect(_giveUp.Token).ConfigureAwait(false));
        var options = new CallOptions(deadline: DateTime.UtcNow + _options.SendTimeout, cancellationToken: _giveUp.Token);
        await new Protocols.Events.Events.EventsClient(_connection).ForwardAsync(request, options).ConfigureAwait(false);
    }

    private async Task PauseAsync(int attempt)
    {
        try
        {
            await Task.Delay(_options.RetryStep * attempt, _options.Time, _giveUp.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return; // The next attempt sees the same token and gives up.
        }
    }

    private async ValueTask DisconnectAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    [LoggerMessage(EventId = 600, Level = LogLevel.Error, Message = "event {Topic} was not delivered: {Reason}")]
    private static partial void LogDropped(ILogger logger, string topic, string reason);
}
