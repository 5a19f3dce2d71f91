using System.Diagnostics;
using System.Net.Sockets;
using Kata.Protocols.Agent;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Bench.Ttrpc;

/// <summary>Client and server in one process, over unix sockets.</summary>
internal static class TtrpcBenchmark
{
    private const int Rounds = 8;
    private const int Concurrency = 64;

    /// <summary>As large as the frames of the calls measured.</summary>
    private const int EchoSize = 100;

    private static readonly CheckRequest Request = new() { Service = new string('s', 64) };

    public static async Task<TtrpcFigures> RunAsync(int calls)
    {
        (Socket echoClient, Socket echoServer) = await ConnectAsync();
        Task echoing = EchoAsync(echoServer);
        (Socket clientSocket, Socket serverSocket) = await ConnectAsync();
        var server = new TtrpcServer(NullLogger.Instance);
        Health.BindService(server, new HealthService());
        using var serverTransport = new NetworkStream(serverSocket, ownsSocket: true);
        Task serving = server.ServeAsync(serverTransport, CancellationToken.None);
        await using var transport = new TtrpcClient(new NetworkStream(clientSocket, ownsSocket: true));
        var client = new Health.HealthClient(transport);

        await MeasureEchoAsync(echoClient, calls / 4);
        await MeasureSerialAsync(client, calls / 4);
        var echo = new List<double>();
        var serial = new List<double>();
        double perSecond = 0;
        long allocated = 0;
        for (int round = 0; round < Rounds; round++)
        {
            echo.AddRange(await MeasureEchoAsync(echoClient, calls / Rounds));
            long before = GC.GetTotalAllocatedBytes();
            serial.AddRange(await MeasureSerialAsync(client, calls / Rounds));
            allocated += GC.GetTotalAllocatedBytes() - before;
            perSecond = Math.Max(perSecond, await MeasureConcurrentAsync(client, calls / Rounds));
        }

        echoClient.Dispose();
        await echoing;
        await transport.DisposeAsync();
        await serving;
        echo.Sort();
        serial.Sort();
        double echoMedian = echo[echo.Count / 2];
        double serialMedian = serial[serial.Count / 2];
        return new TtrpcFigures(
            Math.Round(echoMedian, 1),
            Math.Round(serialMedian, 1),
            Math.Round(serial[serial.Count * 99 / 100], 1),
            Math.Round(serialMedian / echoMedian, 2),
            Math.Round(perSecond),
            Math.Round(1e6 / perSecond, 2),
            allocated / serial.Count);
    }

    private static async Task<double[]> MeasureEchoAsync(Socket socket, int count)
    {
        var times = new double[count];
        byte[] message = new byte[EchoSize];
        byte[] answer = new byte[EchoSize];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await socket.SendAsync(message).ConfigureAwait(false);
            for (int received = 0; received < EchoSize;)
            {
                received += await socket.ReceiveAsync(answer.AsMemory(received)).ConfigureAwait(false);
            }

            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return times;
    }

    private static async Task<double[]> MeasureSerialAsync(Health.HealthClient client, int count)
    {
        var times = new double[count];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await client.CheckAsync(Request).ResponseAsync.ConfigureAwait(false);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return times;
    }

    private static async Task<double> MeasureConcurrentAsync(Health.HealthClient client, int count)
    {
        int next = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Concurrency).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) <= count)
            {
                await client.CheckAsync(Request).ResponseAsync.ConfigureAwait(false);
            }
        })));
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task EchoAsync(Socket socket)
    {
        byte[] buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer).ConfigureAwait(false) is > 0 and var count)
        {
            await socket.SendAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
        }
    }

    private static async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        var address = new UnixDomainSocketEndPoint($"\0kata-bench-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen(1);
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(address).ConfigureAwait(false);
        return (client, await listener.AcceptAsync().ConfigureAwait(false));
    }
}
