using System.Net.Sockets;
using Grpc.Core;
using Kata.Agent.Boot;
using Kata.Agent.Sandboxes;
using Kata.Agent.Tests.Policy;
using Kata.Agent.Tracing;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Tracing;

public sealed class AgentTracingTests : IDisposable
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_directory.Path, "trace.sock");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Run_WithParent_IsAChildOfTheCallersSpan()
    {
        using Socket listener = UnixSockets.Listen(SocketPath);
        AgentTracing tracing = NewTracing();
        await tracing.StartAsync(Token);
        Task<List<SpanReader>> received = ReceiveAsync(listener, 3);

        await tracing.RunAsync(FakeCalls.Of(new StartContainerRequest { ContainerId = "c1" }, "StartContainer", new Metadata { { "traceparent", Parent } }), () => Task.CompletedTask);
        await Assert.ThrowsAsync<KataException>(() => tracing.RunAsync(FakeCalls.Of(new PauseContainerRequest(), "PauseContainer"), () => throw KataException.NotFound("no c1")));
        await tracing.StopAsync(Token);

        List<SpanReader> spans = await received;
        SpanReader start = spans.Single(span => span.Name == "start_container");
        SpanReader pause = spans.Single(span => span.Name == "pause_container");
        SpanReader root = spans.Single(span => span.Name == "root-span");
        Assert.Equal(new UInt128(0x0af7651916cd43dd, 0x8448eb211c80319c), start.TraceId);
        Assert.Equal(0xb7ad6b7169203331, start.ParentId);
        Assert.Equal("c1", start.Attributes["container_id"]);
        Assert.Equal((0u, ""), (start.Status, start.Message));
        Assert.Equal((root.TraceId, root.SpanId), (pause.TraceId, pause.ParentId));
        Assert.Equal((2u, "NotFound: no c1"), (pause.Status, pause.Message));
        Assert.NotEqual(start.SpanId, pause.SpanId);
        Assert.False(tracing.IsOn);
    }

    [Fact]
    public async Task Run_NotSampledOrAStream_IsNotRecorded()
    {
        using Socket listener = UnixSockets.Listen(SocketPath);
        AgentTracing tracing = NewTracing();
        await tracing.StartAsync(Token);
        Task<List<SpanReader>> received = ReceiveAsync(listener, 1);

        await tracing.RunAsync(FakeCalls.Of(new PauseContainerRequest(), "PauseContainer", new Metadata { { "traceparent", Parent[..^1] + "0" } }), () => Task.CompletedTask);
        await tracing.RunAsync(FakeCalls.Of(new ReadStreamRequest(), "ReadStdout"), () => Task.CompletedTask);
        await tracing.StopAsync(Token);

        Assert.Equal("root-span", Assert.Single(await received).Name);
    }

    [Fact]
    public async Task Run_NobodyListens_ServesAndStopsInTime()
    {
        AgentTracing tracing = NewTracing();
        await tracing.StartAsync(Token);

        for (int i = 0; i < 2000; i++)
        {
            await tracing.RunAsync(FakeCalls.Of(new PauseContainerRequest(), "PauseContainer"), () => Task.CompletedTask);
        }

        await tracing.StopAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(tracing.IsOn);
    }

    [Fact]
    public async Task Stop_ForwarderDoesNotRead_EndsWithItsDeadline()
    {
        using Socket listener = UnixSockets.Listen(SocketPath);
        AgentTracing tracing = NewTracing();
        await tracing.StartAsync(Token);
        var request = new StartContainerRequest { ContainerId = new string('c', 200) };
        for (int i = 0; i < 512; i++)
        {
            await tracing.RunAsync(FakeCalls.Of(request, "StartContainer"), () => Task.CompletedTask);
        }

        await tracing.StopAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task StartAndStop_Repeated_ChangeNothing()
    {
        using Socket listener = UnixSockets.Listen(SocketPath);
        AgentTracing tracing = NewTracing();

        await tracing.StopAsync(Token);
        await tracing.StartAsync(Token);
        await tracing.StartAsync(Token);
        Assert.True(tracing.IsOn);
        Task<List<SpanReader>> received = ReceiveAsync(listener, 1);
        await tracing.StopAsync(Token);
        await tracing.StopAsync(Token);

        Assert.Single(await received);
    }

    [Fact]
    public async Task Run_StopsInTheMiddle_EndsWell()
    {
        using Socket listener = UnixSockets.Listen(SocketPath);
        AgentTracing tracing = NewTracing();
        await tracing.StartAsync(Token);
        Task<List<SpanReader>> received = ReceiveAsync(listener, 1);

        await tracing.RunAsync(FakeCalls.Of(new StopTracingRequest(), "StopTracing"), () => tracing.StopAsync(Token));

        Assert.Equal("root-span", Assert.Single(await received).Name);
    }

    [Fact]
    public async Task Start_AddressIsNone_IsInvalid() =>
        Assert.Equal(ErrorCode.InvalidArgument, (await Assert.ThrowsAsync<KataException>(() => NewTracing("http://x").StartAsync(Token))).Code);

    [Fact]
    public void SpanQueue_Full_DropsAndCounts()
    {
        using var queue = new SpanQueue(2);
        for (int i = 0; i < 5; i++)
        {
            queue.Add(new Span { Name = "x", Context = SpanContext.NewTrace(), Kind = SpanKind.Internal, Started = DateTimeOffset.UnixEpoch });
        }

        Assert.Equal(2, queue.TakeAll().Count);
        Assert.Equal(3, queue.Dropped);
    }

    private static async Task<List<SpanReader>> ReceiveAsync(Socket listener, int count)
    {
        var spans = new List<SpanReader>();
        while (spans.Count < count)
        {
            using Socket connection = await listener.AcceptAsync(Token);
            await using var stream = new NetworkStream(connection);
            using var all = new MemoryStream();
            await stream.CopyToAsync(all, Token);
            spans.AddRange(SpanReader.ReadAll(all.ToArray()));
        }

        return spans;
    }

    private AgentTracing NewTracing(string? address = null) => new(
        new AgentEnvironment
        {
            Options = new AgentOptions { Tracing = true, TraceAddress = address ?? "unix://" + SocketPath },
            Reaper = null!,
            Cgroups = null!,
            Disks = Kata.Agent.Devices.GuestDisks.None,
            StreamPorts = null!,
            Logger = NullLogger.Instance,
            Time = TimeProvider.System,
        },
        "1.2.3");
}
