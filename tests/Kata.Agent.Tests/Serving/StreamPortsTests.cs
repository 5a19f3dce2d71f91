using Kata.Agent.Serving;
using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kata.Agent.Tests.Serving;

public sealed class StreamPortsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly StreamPorts _ports;

    public StreamPortsTests() => _ports = new StreamPorts(_time, NullLogger.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _ports.Dispose();

    [Fact]
    public async Task TakeAsync_ConnectionCameFirstOrLater_GetsIt()
    {
        await using FdStream first = Offer(7);
        Task<StreamConnections> taking = _ports.TakeAsync(7, 8, 0, terminal: false, Token);
        await using FdStream second = Offer(8);

        using StreamConnections connections = await taking;

        Assert.NotNull(connections.Input);
        Assert.NotNull(connections.Output);
        Assert.Null(connections.Error);
        Assert.Equal(0, _ports.Count);
    }

    [Fact]
    public async Task TakeAsync_NobodyConnects_FailsInTimeAndClosesTheOthers()
    {
        await using FdStream first = Offer(7);
        Task<StreamConnections> taking = _ports.TakeAsync(7, 8, 0, terminal: false, Token);

        _time.Advance(StreamPorts.RequestPatience);

        Assert.Equal(ErrorCode.DeadlineExceeded, (await Assert.ThrowsAsync<KataException>(() => taking)).Code);
        Assert.Equal(0, await first.ReadAsync(new byte[1], Token));
    }

    [Fact]
    public async Task Offer_NoRequestComes_IsClosed()
    {
        await using FdStream connection = Offer(7);

        _time.Advance(StreamPorts.ConnectionPatience);

        Assert.Equal(0, await connection.ReadAsync(new byte[1], Token));
        Assert.Equal(0, _ports.Count);
    }

    [Fact]
    public async Task Offer_SamePortAgain_TakesThePlaceOfTheFirst()
    {
        await using FdStream first = Offer(7);
        await using FdStream second = Offer(7);
        using StreamConnections connections = await _ports.TakeAsync(7, 0, 0, terminal: false, Token);

        await second.WriteAsync("2"u8.ToArray(), Token);
        byte[] got = new byte[1];
        await connections.Input!.ReadExactlyAsync(got, Token);

        Assert.Equal("2"u8.ToArray(), got);
        Assert.Equal(0, await first.ReadAsync(got, Token));
    }

    [Fact]
    public async Task Offer_TooMany_TheOldestGoes()
    {
        await using FdStream oldest = Offer(1);
        var others = new List<FdStream>();
        for (uint port = 2; port <= StreamPorts.MaxWaiting + 1; port++)
        {
            others.Add(Offer(port));
        }

        Assert.Equal(0, await oldest.ReadAsync(new byte[1], Token));
        Assert.Equal(StreamPorts.MaxWaiting, _ports.Count);
        others.ForEach(other => other.Dispose());
    }

    [Theory]
    [InlineData(7u, 7u, 0u, false)]
    [InlineData(7u, 0u, 7u, false)]
    [InlineData(0u, 7u, 7u, false)]
    [InlineData(7u, 8u, 9u, true)]
    public async Task TakeAsync_PortsThatCannotBe_AreInvalid(uint stdin, uint stdout, uint stderr, bool terminal) =>
        Assert.Equal(ErrorCode.InvalidArgument, (await Assert.ThrowsAsync<KataException>(() => _ports.TakeAsync(stdin, stdout, stderr, terminal, Token))).Code);

    [Fact]
    public async Task TakeAsync_NotListening_SaysWhatToSet()
    {
        KataException error = await Assert.ThrowsAsync<KataException>(() => _ports.TakeAsync(1, 0, 0, terminal: false, Token));

        Assert.Equal(ErrorCode.Unsupported, error.Code);
        Assert.Contains("agent.passfd_listener_port", error.Message, StringComparison.Ordinal);
    }

    private FdStream Offer(uint port)
    {
        (Fd ours, Fd theirs) = UnixSockets.Pair();
        _ports.Offer(port, new FdStream(theirs));
        return new FdStream(ours);
    }
}
