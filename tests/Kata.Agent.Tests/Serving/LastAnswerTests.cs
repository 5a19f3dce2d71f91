using Kata.Agent.Serving;
using Kata.Linux;
using Kata.Linux.Sockets;

namespace Kata.Agent.Tests.Serving;

public sealed class LastAnswerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SeeOffAsync_HostReadsTheAnswerAndCloses_HasWaitedForThat()
    {
        (Fd ours, Fd theirs) = UnixSockets.Pair();
        await using var agent = new FdStream(ours);
        await using var host = new FdStream(theirs);
        await agent.WriteAsync("answer"u8.ToArray(), Token);

        Task leaving = LastAnswer.SeeOffAsync(agent);
        byte[] buffer = new byte[64];
        Assert.Equal(6, await host.ReadAsync(buffer, Token));
        Assert.Equal(0, await host.ReadAsync(buffer, Token)); // that was all, says the agent, which is still there
        Assert.False(leaving.IsCompleted);
        await host.DisposeAsync();

        await leaving.WaitAsync(LastAnswer.Patience, Token);
    }

    [Fact]
    public async Task SeeOffAsync_HostNeitherReadsNorCloses_IsNotWaitedForLong()
    {
        (Fd ours, Fd theirs) = UnixSockets.Pair();
        await using var agent = new FdStream(ours);
        await using var host = new FdStream(theirs);

        await LastAnswer.SeeOffAsync(agent).WaitAsync(TimeSpan.FromSeconds(20), Token);
    }
}
