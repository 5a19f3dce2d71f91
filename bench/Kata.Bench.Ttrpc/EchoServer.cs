using Kata.Linux.Sockets;
using Kata.Protocols.Agent;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Bench.Ttrpc;

/// <summary>The process at the other end: one connection for ttRPC, one that gives bytes back as they come.</summary>
internal static class EchoServer
{
    public const string TtrpcSocket = "ttrpc";
    public const string EchoSocket = "echo";

    /// <summary>Serves until both are closed.</summary>
    /// <param name="directory">Where the sockets are made; the one for ttRPC comes last.</param>
    public static async Task RunAsync(string directory)
    {
        using var echo = new UnixListener(UnixSockets.ListenFd(Path.Combine(directory, EchoSocket)));
        using var ttrpc = new UnixListener(UnixSockets.ListenFd(Path.Combine(directory, TtrpcSocket)));
        Task echoing = EchoAsync(await echo.AcceptAsync(CancellationToken.None));
        var server = new TtrpcServer(NullLogger.Instance);
        Health.BindService(server, new HealthService());
        await using FdStream transport = await ttrpc.AcceptAsync(CancellationToken.None);
        await server.ServeAsync(transport, CancellationToken.None);
        await echoing;
    }

    private static async Task EchoAsync(FdStream stream)
    {
        await using (stream)
        {
            byte[] buffer = new byte[4096];
            while (await stream.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
            }
        }
    }
}
