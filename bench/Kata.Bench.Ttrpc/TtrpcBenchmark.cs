using System.Diagnostics;
using Kata.Linux.Sockets;
using Kata.Protocols.Agent;
using Kata.Ttrpc;

namespace Kata.Bench.Ttrpc;

/// <summary>Client and server in two processes, over unix sockets and the streams that shim and agent use.</summary>
internal static class TtrpcBenchmark
{
    private const int Rounds = 8;
    private const int Concurrency = 64;

    /// <summary>As large as the frames of the calls measured.</summary>
    private const int EchoSize = 100;

    private static readonly CheckRequest Request = new() { Service = new string('s', 64) };

    /// <summary>Measures.</summary>
    /// <param name="directory">Empty, for the sockets.</param>
    /// <param name="calls">So many of each kind.</param>
    public static async Task<TtrpcFigures> RunAsync(string directory, int calls)
    {
        using Process server = Process.Start(Environment.ProcessPath!, ["serve", directory]);
        await using FdStream echoClient = await ConnectAsync(directory, EchoServer.EchoSocket);
        await using var transport = new TtrpcClient(await ConnectAsync(directory, EchoServer.TtrpcSocket));
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

        await echoClient.DisposeAsync();
        await transport.DisposeAsync();
        await server.WaitForExitAsync();
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

    private static async Task<double[]> MeasureEchoAsync(FdStream stream, int count)
    {
        var times = new double[count];
        byte[] message = new byte[EchoSize];
        byte[] answer = new byte[EchoSize];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await stream.WriteAsync(message).ConfigureAwait(false);
            for (int received = 0; received < EchoSize;)
            {
                received += await stream.ReadAsync(answer.AsMemory(received)).ConfigureAwait(false);
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

    private static async Task<FdStream> ConnectAsync(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (int i = 0; i < 2000 && !File.Exists(path); i++)
        {
            await poll.WaitForNextTickAsync();
        }

        return new FdStream(UnixSockets.ConnectFd(path));
    }
}
