using Kata.Linux.Events;
using Kata.Linux.Sockets;

namespace Kata.Linux.Tests.Events;

public sealed class PolledFdTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly PolledFd _polled;
    private readonly Fd _peer;

    public PolledFdTests()
    {
        (Fd mine, _peer) = UnixSockets.Pair();
        _polled = new PolledFd(mine);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WaitReadable_EventsComeUnawaited_AreNotToldAnyMore()
    {
        await MakeBusyAsync();
        uint before = _polled.ReadEdges;
        for (int i = 0; i < 10; i++)
        {
            FdIo.WriteAll(_peer, "x"u8);
        }

        // Each of the two is told by the same threads, one after the other.
        await PollersHaveCaughtUpAsync();
        Assert.Equal(before, _polled.ReadEdges);

        // What came meanwhile ends the next wait.
        await WaitReadableAsync(before);
        Assert.Equal(10, ReadAll());
    }

    [Fact]
    public async Task WaitReadable_OneEventPerWaitAgain_IsWatchedAllTheTime()
    {
        await MakeBusyAsync();
        for (int i = 0; i < 70; i++)
        {
            await RoundAsync();
        }

        uint before = _polled.ReadEdges;
        FdIo.WriteAll(_peer, "x"u8);
        Assert.True(SpinWait.SpinUntil(() => _polled.ReadEdges != before, Patience), "the event was not told");
    }

    [Fact]
    public async Task WaitWritable_BesideABusyReader_BothAreTold()
    {
        await MakeBusyAsync();
        Fill();
        uint seen = _polled.WriteEdges;
        Task writable = _polled.WaitWritableAsync(seen, Token).AsTask();
        for (int i = 0; i < 200; i++)
        {
            await RoundAsync();
        }

        Assert.False(writable.IsCompleted && _polled.WriteEdges == seen, "a wait for writing ended without an event");
        Drain(_peer);
        await writable.WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task Dispose_WaitsOfABusyDescriptor_End()
    {
        await MakeBusyAsync();
        Fill();
        Task readable = _polled.WaitReadableAsync(_polled.ReadEdges, Token).AsTask();
        Task writable = _polled.WaitWritableAsync(_polled.WriteEdges, Token).AsTask();
        _polled.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => readable.WaitAsync(Patience, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writable.WaitAsync(Patience, Token));
    }

    public void Dispose()
    {
        _polled.Dispose();
        _peer.Dispose();
    }

    /// <summary>Lets more events come than are waited for.</summary>
    private async Task MakeBusyAsync()
    {
        for (int i = 0; i < 5; i++)
        {
            uint before = _polled.ReadEdges;
            FdIo.WriteAll(_peer, "x"u8);
            Assert.True(SpinWait.SpinUntil(() => _polled.ReadEdges != before, Patience), "the event was not told");
        }

        Assert.Equal(5, ReadAll());
        await RoundAsync();
    }

    /// <summary>One event that is waited for.</summary>
    private async Task RoundAsync()
    {
        uint seen = _polled.ReadEdges;
        Task waiting = _polled.WaitReadableAsync(seen, Token).AsTask();
        FdIo.WriteAll(_peer, "x"u8);
        await waiting.WaitAsync(Patience, Token);
        Assert.InRange(ReadAll(), 0, 1);
    }

    private Task WaitReadableAsync(uint seen) => _polled.WaitReadableAsync(seen, Token).AsTask().WaitAsync(Patience, Token);

    private static async Task PollersHaveCaughtUpAsync()
    {
        for (int i = 0; i < 5; i++)
        {
            (Fd mine, Fd peer) = UnixSockets.Pair();
            using var other = new PolledFd(mine);
            uint seen = other.ReadEdges;
            FdIo.WriteAll(peer, "x"u8);
            await other.WaitReadableAsync(seen, Token).AsTask().WaitAsync(Patience, Token);
            peer.Dispose();
        }
    }

    private int ReadAll() => Drain(_polled.Fd);

    private static int Drain(Fd fd)
    {
        fd.SetNonBlocking(true);
        byte[] buffer = new byte[4096];
        int total = 0;
        while (FdIo.TryRead(fd, buffer, out int count) == 0 && count > 0)
        {
            total += count;
        }

        return total;
    }

    private void Fill()
    {
        byte[] buffer = new byte[4096];
        while (FdIo.TryWrite(_polled.Fd, buffer, out _) == 0)
        {
        }
    }
}
