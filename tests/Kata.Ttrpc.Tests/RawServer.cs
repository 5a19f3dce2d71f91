using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Ttrpc.Tests;

/// <summary>A server whose client is a <see cref="RawPeer"/>.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly NetworkStream _transport;

    private RawServer(Socket client, Socket server, EchoService service, TtrpcServerOptions? options)
    {
        Peer = new RawPeer(client);
        _transport = new NetworkStream(server, ownsSocket: true);
        var ttrpc = new TtrpcServer(NullLogger.Instance, options);
        Echo.Echo.BindService(ttrpc, service);
        Serving = ttrpc.ServeAsync(_transport, _stop.Token);
    }

    public RawPeer Peer { get; }

    public Task Serving { get; }

    public static async Task<RawServer> StartAsync(EchoService? service = null, TtrpcServerOptions? options = null)
    {
        (Socket client, Socket server) = await SocketPair.ConnectAsync();
        return new RawServer(client, server, service ?? new EchoService(), options);
    }

    /// <summary>The connection still serves: a proper request gets its reply.</summary>
    public async Task AssertServesAsync(uint streamId)
    {
        await Peer.SendAsync(RawPeer.Request(streamId, "Say", new Echo.Ping { Number = 42 }));
        (uint id, Oracle.Response response) = await Peer.ReceiveResponseAsync();
        Assert.Equal(streamId, id);
        Assert.Equal(42, Echo.Pong.Parser.ParseFrom(response.Payload).Number);
    }

    public async ValueTask DisposeAsync()
    {
        Peer.Dispose();
        await _stop.CancelAsync();
        await Serving.WaitAsync(TimeSpan.FromSeconds(20));
        await _transport.DisposeAsync();
        _stop.Dispose();
    }
}
