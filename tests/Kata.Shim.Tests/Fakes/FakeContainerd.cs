using System.Collections.Concurrent;
using System.Net.Sockets;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Kata.Linux.Sockets;
using Kata.Protocols.Events;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Shim.Tests.Fakes;

/// <summary>containerd's event service at the wire, on a unix socket in a directory of the test's.</summary>
public sealed class FakeContainerd(string directory) : Protocols.Events.Events.EventsBase, IAsyncDisposable
{
    private readonly ConcurrentQueue<Envelope> _received = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private CancellationTokenSource _stop = new();
    private Task _serving = Task.CompletedTask;
    private Socket? _listener;

    /// <summary>Where it listens.</summary>
    public string Path => System.IO.Path.Combine(directory, "events.ttrpc");

    /// <summary>What arrived, in order.</summary>
    public IReadOnlyCollection<Envelope> Received => _received;

    /// <summary>Starts listening, or again after <see cref="StopAsync"/>.</summary>
    public void Start()
    {
        _stop = new CancellationTokenSource();
        _listener = UnixSockets.Listen(Path);
        var server = new TtrpcServer(NullLogger.Instance);
        Protocols.Events.Events.BindService(server, this);
        _serving = server.ServeAsync(_listener, _stop.Token);
    }

    /// <summary>Waits for the next event nobody has waited for yet.</summary>
    public async Task<Envelope> NextAsync(CancellationToken cancellationToken)
    {
        Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(20), cancellationToken), "no event arrived");
        return _received.ElementAt(Taken++);
    }

    /// <summary>Waits for the next event and checks its topic.</summary>
    public async Task<T> ExpectAsync<T>(string topic, CancellationToken cancellationToken)
        where T : Google.Protobuf.IMessage<T>, new()
    {
        Envelope envelope = await NextAsync(cancellationToken);
        Assert.Equal(topic, envelope.Topic);
        var message = new T();
        Assert.Equal(message.Descriptor.FullName, envelope.Event.TypeUrl);
        return new Google.Protobuf.MessageParser<T>(() => message).ParseFrom(envelope.Event.Value);
    }

    private int Taken { get; set; }

    /// <inheritdoc/>
    public override Task<Empty> Forward(ForwardRequest request, ServerCallContext context)
    {
        _received.Enqueue(request.Envelope);
        _arrived.Release();
        return Task.FromResult(new Empty());
    }

    /// <summary>Goes away.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _listener?.Dispose();
        File.Delete(Path);
        await _serving;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _arrived.Dispose();
    }
}
