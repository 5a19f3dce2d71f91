using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using EchoClient = Kata.Ttrpc.Tests.Echo.Echo.EchoClient;

namespace Kata.Ttrpc.Tests;

/// <summary>A client and a server connected by a unix socket pair.</summary>
internal sealed class EchoPair : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly NetworkStream _serverTransport;

    private EchoPair(EchoService service, Socket clientSocket, Socket serverSocket, TtrpcServerOptions? serverOptions, TtrpcClientOptions? clientOptions)
    {
        Service = service;
        _serverTransport = new NetworkStream(serverSocket, ownsSocket: true);
        var server = new TtrpcServer(NullLogger.Instance, serverOptions);
        Kata.Ttrpc.Tests.Echo.Echo.BindService(server, service);
        Serving = server.ServeAsync(_serverTransport, _stop.Token);
        Transport = new TtrpcClient(new NetworkStream(clientSocket, ownsSocket: true), clientOptions);
        Client = new EchoClient(Transport);
    }

    public EchoService Service { get; }

    public TtrpcClient Transport { get; }

    public EchoClient Client { get; }

    /// <summary>Completes when the server has finished with the connection.</summary>
    public Task Serving { get; }

    public static async Task<EchoPair> ConnectAsync(
        EchoService? service = null, TtrpcServerOptions? serverOptions = null, TtrpcClientOptions? clientOptions = null)
    {
        (Socket client, Socket server) = await SocketPair.ConnectAsync();
        return new EchoPair(service ?? new EchoService(), client, server, serverOptions, clientOptions);
    }

    /// <summary>Stops the server as its owner would.</summary>
    public Task StopServerAsync() => _stop.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await Transport.DisposeAsync();
        await _stop.CancelAsync();
        await Serving.WaitAsync(TimeSpan.FromSeconds(20));
        await _serverTransport.DisposeAsync();
        _stop.Dispose();
    }
}
