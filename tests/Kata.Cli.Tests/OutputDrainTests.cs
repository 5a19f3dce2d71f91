using Kata.Cli.Containers;
using Kata.Testing.Clocks;

namespace Kata.Cli.Tests;

/// <summary>What is waited for at the end of <c>kata-runtime run</c>.</summary>
public sealed class OutputDrainTests
{
    private readonly WaitingClock _clock = new();
    private readonly TaskCompletionSource _output = new();
    private readonly OutputDrain _drain;

    public OutputDrainTests() => _drain = new OutputDrain(_clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wait_GuestSaysNothing_IsGivenUp()
    {
        Task<bool> waiting = _drain.WaitAsync(_output.Task, Token);
        await PassAsync(OutputDrain.GuestIdle);

        Assert.False(await waiting);
    }

    [Fact]
    public async Task Wait_ReaderTakesAnHourForAPiece_WaitsForIt()
    {
        var began = new TaskCompletionSource();
        var read = new TaskCompletionSource();
        Task writing = Task.Run(
            () => _drain.Write(() =>
            {
                began.SetResult();
                read.Task.Wait(Token);
            }),
            Token);
        await began.Task;
        Task<bool> waiting = _drain.WaitAsync(_output.Task, Token);
        await PassAsync(TimeSpan.FromHours(1));
        read.SetResult();
        await writing;
        bool early = waiting.IsCompleted;
        _output.SetResult();

        Assert.False(early);
        Assert.True(await waiting);
    }

    [Fact]
    public async Task Wait_PieceAfterNineSeconds_BeginsAnew()
    {
        Task<bool> waiting = _drain.WaitAsync(_output.Task, Token);
        await PassAsync(TimeSpan.FromSeconds(9));
        _drain.Write(() => { });
        await PassAsync(TimeSpan.FromSeconds(9));
        bool early = waiting.IsCompleted;
        _output.SetResult();

        Assert.False(early);
        Assert.True(await waiting);
    }

    [Fact]
    public async Task Wait_OutputFails_Throws()
    {
        _output.SetException(new IOException("the disk is full"));

        await Assert.ThrowsAsync<IOException>(async () => await _drain.WaitAsync(_output.Task, Token));
    }

    // In the steps in which it is looked.
    private async Task PassAsync(TimeSpan time)
    {
        for (int second = 0; second < time.TotalSeconds; second++)
        {
            await _clock.NextWaitAsync(Token);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
