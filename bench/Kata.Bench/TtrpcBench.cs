using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Bench;

/// <summary>A ttRPC client and server of ours on two ends of a unix socket, in one process.</summary>
internal sealed class TtrpcBench : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("kata-t").FullName;
    private TtrpcClient? _client;
    private Task _serving = Task.CompletedTask;

    public static async Task<TtrpcBench> StartAsync(CancellationToken cancellationToken)
    {
        var bench = new TtrpcBench();
        var endpoint = new UnixDomainSocketEndPoint(Path.Combine(bench._directory, "s"));
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(endpoint);
        listener.Listen();

        var server = new TtrpcServer(NullLogger.Instance);
        Health.BindService(server, new EchoHealth());
        bench._serving = server.ServeAsync(listener, bench._stop.Token);

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(endpoint, cancellationToken);
        bench._client = new TtrpcClient(new NetworkStream(socket, ownsSocket: true));
        return bench;
    }

    /// <summary>Calls one after the other.</summary>
    /// <returns>Microseconds per call.</returns>
    public async Task<double> SerialAsync(int calls, CancellationToken cancellationToken)
    {
        var health = new Health.HealthClient(_client!);
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < calls; i++)
        {
            await health.CheckAsync(new CheckRequest { Service = "bench" }, cancellationToken: cancellationToken);
        }

        return clock.Elapsed.TotalMicroseconds / calls;
    }

    /// <summary>Calls from several tasks at once.</summary>
    /// <returns>Microseconds of wall time per call.</returns>
    public async Task<double> ConcurrentAsync(int tasks, int calls, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, tasks).Select(_ => Task.Run(() => SerialAsync(calls / tasks, cancellationToken), cancellationToken)));
        return clock.Elapsed.TotalMicroseconds / calls;
    }

    public async ValueTask DisposeAsync()
    {
        await _client!.DisposeAsync();
        await _stop.CancelAsync();
        await Task.WhenAny(_serving);
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private sealed class EchoHealth : Health.HealthBase
    {
        public override Task<HealthCheckResponse> Check(CheckRequest request, ServerCallContext context) =>
            Task.FromResult(new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving });
    }
}
