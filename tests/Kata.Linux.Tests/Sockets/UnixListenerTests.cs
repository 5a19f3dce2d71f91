using Kata.Linux.Sockets;

namespace Kata.Linux.Tests.Sockets;

public sealed class UnixListenerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AcceptAsync_ClientsComeBeforeAndAfter_ServesEach()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Of("s");
        using var listener = new UnixListener(UnixSockets.ListenFd(path));
        using Fd early = UnixSockets.ConnectFd(path);
        await using FdStream first = await listener.AcceptAsync(Token);
        Task<FdStream> accepting = listener.AcceptAsync(Token).AsTask();
        bool waited = !accepting.IsCompleted;
        await using var late = new FdStream(UnixSockets.ConnectFd(path));
        await using FdStream second = await accepting.WaitAsync(TimeSpan.FromSeconds(10), Token);
        await late.WriteAsync("x"u8.ToArray(), Token);

        Assert.True(waited);
        Assert.Equal(1, await second.ReadAsync(new byte[10], Token));
        Assert.Equal(Environment.ProcessId, PeerCredentials.Of(second.Fd).ProcessId);
    }

    [Fact]
    public async Task AcceptAsync_Disposed_Ends()
    {
        using var directory = new TemporaryDirectory();
        var listener = new UnixListener(UnixSockets.ListenFd(directory.Of("s")));
        Task<FdStream> accepting = listener.AcceptAsync(Token).AsTask();
        listener.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => accepting.WaitAsync(TimeSpan.FromSeconds(10), Token));
    }
}
