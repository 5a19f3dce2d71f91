using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Hypervisors.Qemu.Qmp;

/// <summary>
/// One connection to QEMU's machine protocol. Safe for concurrent use; commands are executed in the order in which they are sent. QEMU is not trusted: a
/// guest may have taken it over. A line that breaks the protocol ends the connection; nothing is stored on the other side's say-so.
/// </summary>
internal sealed partial class QmpClient : IAsyncDisposable
{
    private const int MaxErrorText = 512;
    private readonly Stream _stream;
    private readonly ILogger _logger;
    private readonly QmpOptions _options;
    private readonly Action<QmpEvent> _onEvent;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonElement>> _pending = new();
    private readonly TaskCompletionSource<QmpGreeting> _greeting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _sendGate = new(1, 1);
    private readonly Task _readLoop;
    private volatile KataException? _closed;
    private long _lastId;
    private bool _unknownReplySeen;

    /// <summary>Starts reading.</summary>
    /// <param name="stream">Connected to QEMU; owned from here on.</param>
    /// <param name="onEvent">Called for each event on the reading loop: must be quick and must not throw.</param>
    /// <param name="logger">Where oddities of the other side go.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    public QmpClient(Stream stream, Action<QmpEvent> onEvent, ILogger logger, QmpOptions? options = null)
    {
        _stream = stream;
        _onEvent = onEvent;
        _logger = logger;
        _options = options ?? new QmpOptions();
        _readLoop = Task.Run(ReadLoopAsync, CancellationToken.None);
    }

    /// <summary>Completes with QEMU's greeting; faults when the connection ends before it.</summary>
    public Task<QmpGreeting> Greeting => _greeting.Task;

    /// <summary>Completes when the connection is over. Never faults.</summary>
    public Task Closed => _readLoop;

    /// <summary>Runs a command without arguments and result.</summary>
    /// <inheritdoc cref="ExecuteAsync{TArguments, TResult}"/>
    public Task ExecuteAsync(string command, TimeSpan timeout, CancellationToken cancellationToken) =>
        ExecuteAsync(command, QmpNothing.Value, QmpJson.Default.QmpNothing, QmpJson.Default.QmpNothing, timeout, cancellationToken);

    /// <summary>Asks whether the guest runs.</summary>
    /// <inheritdoc cref="ExecuteAsync{TArguments, TResult}"/>
    public Task<QmpStatus> QueryStatusAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        ExecuteAsync("query-status", QmpNothing.Value, QmpJson.Default.QmpNothing, QmpJson.Default.QmpStatus, timeout, cancellationToken);

    /// <summary>Runs a command.</summary>
    /// <param name="command">Its name: <c>query-status</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="argumentsType">How to write the arguments.</param>
    /// <param name="resultType">How to read the result.</param>
    /// <param name="timeout">The time it may take.</param>
    /// <param name="cancellationToken">Stops waiting; QEMU may execute the command all the same.</param>
    /// <exception cref="KataException">
    /// Internal: QEMU refused, with its text, or answered something else. DeadlineExceeded: no answer in time. Unavailable: the connection is over.
    /// </exception>
    public async Task<TResult> ExecuteAsync<TArguments, TResult>(
        string command, TArguments arguments, JsonTypeInfo<TArguments> argumentsType, JsonTypeInfo<TResult> resultType, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long id = Interlocked.Increment(ref _lastId);
        var reply = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[id] = reply;
        try
        {
            // Checked after registering: the read loop sets it before it fails what is registered, so one of the two sees the other.
            if (_closed is { } closed)
            {
                throw Restate(closed, command);
            }

            using var deadline = new CancellationTokenSource(timeout, _options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
            try
            {
                await SendAsync(Encode(id, command, arguments, argumentsType), command, either.Token).ConfigureAwait(false);
                JsonElement result = await reply.Task.WaitAsync(either.Token).ConfigureAwait(false);
                return result.Deserialize(resultType) ?? throw new JsonException("it is null");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new KataException(ErrorCode.DeadlineExceeded, $"qemu did not answer '{command}' within {timeout.TotalSeconds} s");
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new KataException(ErrorCode.Internal, $"qemu's answer to '{command}' does not make sense: {Printable.Escape(error.Message, MaxErrorText)}", error);
        }
        finally
        {
            _pending.TryRemove(id, out _);
        }
    }

    /// <summary>Ends the connection. Commands under way fail with Unavailable.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false); // ends the read under way
        await _readLoop.ConfigureAwait(false);
    }

    private static ArrayBufferWriter<byte> Encode<TArguments>(long id, string command, TArguments arguments, JsonTypeInfo<TArguments> type)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("execute"u8, command);
            if (arguments is not QmpNothing)
            {
                json.WritePropertyName("arguments"u8);
                JsonSerializer.Serialize(json, arguments, type);
            }

            json.WriteNumber("id"u8, id);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer;
    }

    private static KataException Restate(KataException closed, string command) =>
        new(ErrorCode.Unavailable, $"qemu cannot execute '{command}': {closed.Message}", closed);

    private async Task SendAsync(ArrayBufferWriter<byte> line, string command, CancellationToken cancellationToken)
    {
        await _sendGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _stream.WriteAsync(line.WrittenMemory, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            throw new KataException(ErrorCode.Unavailable, $"qemu cannot execute '{command}': the connection to it is broken", error);
        }
        catch (OperationCanceledException)
        {
            // Half a line may be out; nothing sensible can follow it.
            await _stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _sendGate.Release();
        }
    }

    private async Task ReadLoopAsync()
    {
        KataException reason;
        try
        {
            using var lines = new QmpLineReader(_stream, _options.MaxLineLength);
            while (await lines.ReadAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
            {
                Handle(QmpMessage.Parse(line));
            }

            reason = new KataException(ErrorCode.Unavailable, "qemu closed its control connection");
        }
        catch (Exception error) when (error is JsonException or InvalidDataException or InvalidOperationException)
        {
            // InvalidOperationException is what a text with half a surrogate pair gives when it is read.
            reason = new KataException(ErrorCode.Unavailable, $"qemu broke its control protocol: {Printable.Escape(error.Message, MaxErrorText)}", error);
            LogBroken(_logger, reason.Message);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            reason = new KataException(ErrorCode.Unavailable, "the control connection to qemu is closed", error);
        }

        _closed = reason;
        _greeting.TrySetException(reason);
        _ = _greeting.Task.Exception; // Whoever wants the greeting sees it; nobody has to.
        foreach (TaskCompletionSource<JsonElement> waiting in _pending.Values)
        {
            waiting.TrySetException(reason);
        }

        // The other side must not be able to block on a connection nobody reads.
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private void Handle(QmpMessage message)
    {
        switch (message.Kind)
        {
            case QmpMessageKind.Event:
                _onEvent(new QmpEvent(message.Text, message.Payload));
                break;
            case QmpMessageKind.Greeting:
                _greeting.TrySetResult(message.Payload.Deserialize(QmpJson.Default.QmpGreeting) ?? throw new JsonException("the greeting is null"));
                break;
            default:
                Answer(message);
                break;
        }
    }

    private void Answer(QmpMessage message)
    {
        if (!_pending.TryRemove(message.Id, out TaskCompletionSource<JsonElement>? waiting))
        {
            // Given up on by its caller, or never ours. Told once: the other side must not be able to fill the log.
            if (!_unknownReplySeen)
            {
                _unknownReplySeen = true;
                LogUnknownReply(_logger, message.Id);
            }

            return;
        }

        if (message.Kind == QmpMessageKind.Return)
        {
            waiting.TrySetResult(message.Payload);
        }
        else
        {
            waiting.TrySetException(new KataException(ErrorCode.Internal, $"qemu: {Printable.Escape(message.Text, MaxErrorText)}"));
        }
    }
}
