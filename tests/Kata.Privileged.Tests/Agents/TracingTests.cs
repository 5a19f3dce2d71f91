using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Kata.Linux.Sockets;
using Kata.Protocols.Agent;

namespace Kata.Privileged.Tests.Agents;

/// <summary>A live agent that sends spans to a forwarder of ours.</summary>
public sealed class TracingTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kata-trace-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Requests_WhileTracing_ArriveAsSpans()
    {
        string path = Path.Combine(_directory, "forwarder.sock");
        using Socket forwarder = UnixSockets.Listen(path);
        using var ended = new CancellationTokenSource();
        Task<byte[]> received = ReceiveAsync(forwarder, ended.Token);
        var live = new LiveAgent { Settings = { ["KATA_AGENT_TRACING"] = "true", ["KATA_AGENT_TRACE_ADDR"] = "unix://" + path } };
        await using (live)
        {
            await live.InitializeAsync();
            var headers = new Metadata { { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } };
            await live.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), headers, cancellationToken: Token);
            var hostile = new Metadata { { "traceparent", new string('0', 5000) }, { "tracestate", new string('x', 5000) } };
            await live.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), hostile, cancellationToken: Token);
            (int code, _, _) = await live.RunAsync("traced", live.NewSpec("traced", "true"));
            Assert.Equal(0, code);
        }

        // The agent has ended, so all that it sent is there.
        await ended.CancelAsync();
        string all = Encoding.Latin1.GetString(await received);
        foreach (string name in (string[])["create_sandbox", "get_guest_details", "create_container", "wait_process", "remove_container", "destroy_sandbox", "root-span"])
        {
            Assert.Contains(name, all, StringComparison.Ordinal);
        }

        Assert.Contains(Encoding.Latin1.GetString([0x9c, 0x31, 0x80, 0x1c, 0x21, 0xeb, 0x48, 0x84, 0xdd, 0x43, 0xcd, 0x16, 0x19, 0x65, 0xf7, 0x0a]), all, StringComparison.Ordinal);
        Assert.Contains("traced", all, StringComparison.Ordinal);
        Assert.DoesNotContain("read_stdout", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_NobodyTakesSpans_AreServed()
    {
        var live = new LiveAgent { Settings = { ["KATA_AGENT_TRACING"] = "true", ["KATA_AGENT_TRACE_ADDR"] = "unix://" + Path.Combine(_directory, "none.sock") } };
        await using (live)
        {
            await live.InitializeAsync();
            for (int i = 0; i < 1000; i++)
            {
                await live.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), cancellationToken: Token);
            }

            await live.Agent.StopTracingAsync(new StopTracingRequest(), cancellationToken: Token);
            await live.Agent.StartTracingAsync(new StartTracingRequest(), cancellationToken: Token);
            await live.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), cancellationToken: Token);
        }
    }

    private static async Task<byte[]> ReceiveAsync(Socket forwarder, CancellationToken ended)
    {
        using var all = new MemoryStream();
        while (true)
        {
            try
            {
                using Socket connection = await forwarder.AcceptAsync(ended);
                await using var stream = new NetworkStream(connection);
                await stream.CopyToAsync(all, Token);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                return all.ToArray();
            }
        }
    }
}
