using System.Text;
using Kata.Hypervisors.Qemu.Qmp;
using Kata.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kata.Hypervisors.Tests.Qemu;

public sealed class QmpClientTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly FakeQmpServer _server = new();
    private readonly List<string> _events = [];
    private readonly FakeTimeProvider _time = new();
    private readonly QmpClient _client;

    public QmpClientTests() => _client = new QmpClient(
        _server.Client,
        e =>
        {
            lock (_events)
            {
                _events.Add(e.Name);
                _ = e.Text("reason");
            }
        },
        NullLogger.Instance,
        new QmpOptions { MaxLineLength = 64 * 1024, TimeProvider = _time });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Greeting_Sent_GivesTheVersion()
    {
        await _server.SayAsync(FakeQmpServer.Greeting);

        QmpGreeting greeting = await _client.Greeting.WaitAsync(Soon, Cancelled);

        Assert.Equal((7, 2, 22), (greeting.Version.Qemu.Major, greeting.Version.Qemu.Minor, greeting.Version.Qemu.Micro));
    }

    [Fact]
    public async Task ExecuteAsync_Command_WritesOneLineOfJson()
    {
        Task reply = _client.ExecuteAsync("qmp_capabilities", Soon, Cancelled);

        string? line = await _server.HearAsync();
        await _server.SayAsync("""{"return": {}, "id": 1}""");

        Assert.Equal("""{"execute":"qmp_capabilities","id":1}""", line);
        await reply.WaitAsync(Soon, Cancelled);
    }

    [Fact]
    public async Task ExecuteAsync_AnswersOutOfOrder_FindTheirCommands()
    {
        Task<QmpStatus> first = _client.QueryStatusAsync(Soon, Cancelled);
        Task<QmpStatus> second = _client.QueryStatusAsync(Soon, Cancelled);

        await _server.HearAsync();
        await _server.HearAsync();
        await _server.SayAsync("""{"return": {"status": "running", "singlestep": false, "running": true}, "id": 2}""");
        await _server.SayAsync("""{"return": {"status": "paused", "singlestep": false, "running": false}, "id": 1}""");

        Assert.Equal("paused", (await first.WaitAsync(Soon, Cancelled)).Status);
        Assert.True((await second.WaitAsync(Soon, Cancelled)).Running);
    }

    [Fact]
    public async Task ExecuteAsync_ErrorReply_ThrowsItsTextEscaped()
    {
        Task reply = _client.ExecuteAsync("cont", Soon, Cancelled);

        await _server.SayAsync("""{"id": 1, "error": {"class": "GenericError", "desc": "no \u001b[2J such thing"}}""");

        KataException error = await Assert.ThrowsAsync<KataException>(() => reply.WaitAsync(Soon, Cancelled));
        Assert.Equal(ErrorCode.Internal, error.Code);
        Assert.Contains("no \\u001b[2J such thing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecuteAsync_NoAnswer_FailsAtTheDeadlineAndIgnoresALateReply()
    {
        Task late = _client.ExecuteAsync("cont", TimeSpan.FromSeconds(3), Cancelled);
        await _server.HearAsync();

        _time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(ErrorCode.DeadlineExceeded, (await Assert.ThrowsAsync<KataException>(() => late.WaitAsync(Soon, Cancelled))).Code);
        await _server.SayAsync("""{"return": {}, "id": 1}""");
        await AssertStillWorksAsync(id: 2);
    }

    [Fact]
    public async Task ExecuteAsync_RepliesWithUnknownIds_AreIgnored()
    {
        Task reply = _client.ExecuteAsync("cont", Soon, Cancelled);

        foreach (string id in (string[])["99", "-1", "0", "\"1\"", "null", "{}", "1e300", "1.5"])
        {
            await _server.SayAsync($$"""{"return": {}, "id": {{id}}}""");
        }

        await _server.SayAsync("""{"return": {}}""");
        Assert.False(reply.IsCompleted);
        await _server.SayAsync("""{"return": {}, "id": 1}""");
        await reply.WaitAsync(Soon, Cancelled);
    }

    [Fact]
    public async Task Events_Flood_AreSeenAndDoNotDelayReplies()
    {
        Task reply = _client.ExecuteAsync("cont", Soon, Cancelled);
        byte[] burst = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("""{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "RTC_CHANGE", "data": {"offset": 0}}""" + "\r\n", 500)));

        for (int i = 0; i < 40; i++)
        {
            await _server.WriteAsync(burst);
        }

        await _server.SayAsync("""{"return": {}, "id": 1}""");
        await reply.WaitAsync(Soon, Cancelled);
        Assert.Equal(20_000, _events.Count);
    }

    [Fact]
    public async Task Reply_SplitIntoBytes_IsPutTogether()
    {
        Task reply = _client.ExecuteAsync("cont", Soon, Cancelled);

        foreach (byte b in """{"return": {}, "id": 1}"""u8.ToArray())
        {
            await _server.WriteAsync(new[] { b });
        }

        Assert.False(reply.IsCompleted);
        await _server.WriteAsync("\n"u8.ToArray());
        await reply.WaitAsync(Soon, Cancelled);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("{\"return\": {}, \"id\": 1")]
    [InlineData("[1,2,3]")]
    [InlineData("17")]
    [InlineData("{}")]
    [InlineData("{\"event\": 7}")]
    [InlineData("{\"QMP\": null}")]
    [InlineData("{\"QMP\": {\"version\": {\"qemu\": {\"major\": \"seven\"}}}}")]
    [InlineData("{\"event\": \"\\ud800\"}")]
    [InlineData("{\"return\": {}, \"id\": 1, \"id\": 2}")]
    [InlineData("{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"\\ud800\"}}")]
    [InlineData("{\"error\": {\"desc\": \"\\udfff\"}, \"id\": 1}")]
    public async Task Garbage_AnyKind_EndsTheConnectionAndFailsWhatIsPending(string line)
    {
        Task reply = _client.ExecuteAsync("cont", Soon, Cancelled);

        await _server.SayAsync(line);

        await AssertBrokenAsync(reply);
    }

    [Fact]
    public async Task Garbage_InvalidUtf8_EndsTheConnection()
    {
        Task reply = _client.ExecuteAsync("cont", Soon, Cancelled);

        await _server.WriteAsync(new byte[] { (byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}', (byte)'\n' });

        await AssertBrokenAsync(reply);
    }

    [Fact]
    public async Task Line_NestedTooDeeply_EndsTheConnection()
    {
        Task reply = _client.ExecuteAsync("cont", Soon, Cancelled);

        await _server.SayAsync($"{{\"return\": {new string('[', 10_000)}{new string(']', 10_000)}, \"id\": 1}}");

        await AssertBrokenAsync(reply);
    }

    [Fact]
    public async Task Line_TooLong_EndsTheConnectionWithoutWaitingForItsEnd()
    {
        Task reply = _client.ExecuteAsync("cont", Soon, Cancelled);
        byte[] piece = Enumerable.Repeat((byte)'x', 32 * 1024).ToArray();

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            for (int i = 0; i < 1000; i++)
            {
                await _server.WriteAsync(piece);
            }
        });

        await AssertBrokenAsync(reply);
    }

    [Fact]
    public async Task Disconnect_MidLine_FailsPendingAndLaterCommands()
    {
        Task reply = _client.ExecuteAsync("cont", Soon, Cancelled);

        await _server.WriteAsync("{\"return\": {}, \"id\": 1}"u8.ToArray());
        await _server.DisposeAsync();

        await AssertBrokenAsync(reply);
        Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<KataException>(async () => await _client.Greeting.WaitAsync(Soon, Cancelled))).Code);
    }

    [Fact]
    public async Task DisposeAsync_CommandPending_FailsIt()
    {
        Task reply = _client.ExecuteAsync("cont", Soon, Cancelled);

        await _client.DisposeAsync();

        Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<KataException>(() => reply.WaitAsync(Soon, Cancelled))).Code);
    }

    [Theory]
    [InlineData("""{"return": {"status": 5}, "id": 1}""")]
    [InlineData("""{"return": {"status": "\ud800", "running": true}, "id": 1}""")]
    [InlineData("""{"return": [], "id": 1}""")]
    [InlineData("""{"return": null, "id": 1}""")]
    public async Task ExecuteAsync_ResultOfAnotherShape_IsAnError(string answer)
    {
        Task<QmpStatus> reply = _client.QueryStatusAsync(Soon, Cancelled);

        await _server.SayAsync(answer);

        Assert.Equal(ErrorCode.Internal, (await Assert.ThrowsAsync<KataException>(() => reply.WaitAsync(Soon, Cancelled))).Code);
        await AssertStillWorksAsync(id: 2);
    }

    private async Task AssertStillWorksAsync(int id)
    {
        Task next = _client.ExecuteAsync("stop", Soon, Cancelled);
        await _server.SayAsync($$"""{"return": {}, "id": {{id}}}""");
        await next.WaitAsync(Soon, Cancelled);
    }

    private async Task AssertBrokenAsync(Task reply)
    {
        Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<KataException>(() => reply.WaitAsync(Soon, Cancelled))).Code);
        await _client.Closed.WaitAsync(Soon, Cancelled);
        Assert.Equal(
            ErrorCode.Unavailable,
            (await Assert.ThrowsAsync<KataException>(() => _client.ExecuteAsync("cont", Soon, Cancelled).WaitAsync(Soon, Cancelled))).Code);
    }
}
