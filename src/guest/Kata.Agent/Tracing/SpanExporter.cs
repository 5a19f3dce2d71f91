using Kata.Agent.Serving;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Tracing;

/// <summary>Sends spans away in the background, some at a time, each time over a connection of its own. What nobody takes in time is dropped.</summary>
internal sealed partial class SpanExporter : IAsyncDisposable
{
    private static readonly TimeSpan Collecting = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Sending = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Flushing = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly SpanQueue _queue;
    private readonly SpanEncoder _encoder;
    private readonly AgentAddress _destination;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _running;
    private bool _failed;

    /// <summary>Starts to send.</summary>
    /// <param name="queue">Where spans come from.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="encoder">Their form.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it says, once, that nobody takes them.</param>
    public SpanExporter(SpanQueue queue, AgentAddress destination, SpanEncoder encoder, TimeProvider time, ILogger logger)
    {
        (_queue, _destination, _encoder, _time, _logger) = (queue, destination, encoder, time, logger);
        _running = RunAsync();
    }

    /// <summary>Sends what is left, for at most a second, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await SendAsync(Flushing).ConfigureAwait(false);
        if (_queue.Dropped > 0)
        {
            LogDropped(_logger, _queue.Dropped);
        }

        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _queue.WaitAsync(_stop.Token).ConfigureAwait(false);
                await Task.Delay(Collecting, _time, _stop.Token).ConfigureAwait(false);
                await SendAsync(Sending).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return; // The way it ends.
        }
    }

    private async Task SendAsync(TimeSpan allowed)
    {
        List<Span> spans = _queue.TakeAll();
        if (spans.Count == 0)
        {
            return;
        }

        int sent = 0;
        try
        {
            using var deadline = new CancellationTokenSource(allowed, _time);
            Stream stream = await TraceDestination.ConnectAsync(_destination, _time, deadline.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                foreach (Span span in spans)
                {
                    await stream.WriteAsync(_encoder.Encode(span), deadline.Token).ConfigureAwait(false);
                    sent++;
                }
            }

            _failed = false;
        }
        catch (Exception error) when (error is KataException or IOException or OperationCanceledException)
        {
            _queue.Drop(spans.Count - sent);
            if (!_failed)
            {
                LogFailed(_logger, TraceDestination.NameOf(_destination), spans.Count - sent, error.Message);
            }

            _failed = true;
        }
    }

    [LoggerMessage(EventId = 834, Level = LogLevel.Warning, Message = "nobody takes spans at {Destination}, {Count} are dropped: {Reason}")]
    private static partial void LogFailed(ILogger logger, string destination, int count, string reason);

    [LoggerMessage(EventId = 835, Level = LogLevel.Warning, Message = "{Count} spans were dropped in all")]
    private static partial void LogDropped(ILogger logger, long count);
}
