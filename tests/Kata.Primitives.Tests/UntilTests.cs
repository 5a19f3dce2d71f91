using Kata.Testing.Clocks;

namespace Kata.Primitives.Tests;

public sealed class UntilTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(8);

    private readonly WaitingClock _clock = new();
    private int _looks;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task HoldsAsync_HoldsAlready_LooksOnceAndDoesNotWait()
    {
        Task<bool> waiting = HoldsAsync(_ => true);

        Assert.True(waiting.IsCompleted);
        Assert.True(await waiting);
        Assert.Equal(1, _looks);
    }

    [Fact]
    public async Task HoldsAsync_HoldsLater_ReturnsWhenItDoes()
    {
        Task<bool> waiting = HoldsAsync(look => look == 3);

        await PassAsync(1);
        await PassAsync(2);

        Assert.True(await waiting);
        Assert.Equal(3, _looks);
    }

    [Fact]
    public async Task HoldsAsync_NeverHolds_LooksAtGrowingIntervalsAndALastTimeAtTheDeadline()
    {
        Task<bool> waiting = HoldsAsync(_ => false);

        foreach (int pause in (int[])[1, 2, 4, 8, 8, 8, 8, 8])
        {
            await PassAsync(pause);
        }

        Assert.False(waiting.IsCompleted);
        await PassAsync(3); // what is left of the deadline
        Assert.False(await waiting);
        Assert.Equal(10, _looks);
    }

    [Fact]
    public async Task HoldsAsync_HoldsAtTheLastLook_IsTrue()
    {
        Task<bool> waiting = HoldsAsync(look => look == 2, TimeSpan.FromMilliseconds(1));

        await PassAsync(1);

        Assert.True(await waiting);
    }

    [Fact]
    public async Task HoldsAsync_DeadlineZero_LooksOnce()
    {
        Assert.False(await HoldsAsync(_ => false, TimeSpan.Zero));
        Assert.Equal(1, _looks);
    }

    [Fact]
    public async Task HoldsAsync_LookThrows_EndsTheWait()
    {
        Task<bool> waiting = HoldsAsync(look => look == 1 ? false : throw KataException.Invalid("no"));

        await PassAsync(1);

        await Assert.ThrowsAsync<KataException>(() => waiting);
    }

    [Fact]
    public async Task HoldsAsync_Cancelled_GivesUp()
    {
        using var stop = new CancellationTokenSource();
        Task<bool> waiting = Until.HoldsAsync(() => false, Deadline, LongestPause, _clock, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task FoundAsync_FoundLater_IsWhatWasFound()
    {
        Task<string?> waiting = Until.FoundAsync(() => ++_looks == 2 ? "it" : null, Deadline, LongestPause, _clock, Token);

        await PassAsync(1);

        Assert.Equal("it", await waiting);
        Assert.Equal(2, _looks);
    }

    [Fact]
    public async Task FoundAsync_NotFound_IsNull() =>
        Assert.Null(await Until.FoundAsync(string? () => null, TimeSpan.Zero, LongestPause, _clock, Token));

    private Task<bool> HoldsAsync(Func<int, bool> condition, TimeSpan? deadline = null) =>
        Until.HoldsAsync(() => condition(++_looks), deadline ?? Deadline, LongestPause, _clock, Token);

    /// <summary>Lets time pass that is waited for, and not a millisecond less.</summary>
    private async Task PassAsync(int milliseconds)
    {
        await _clock.NextWaitAsync(Token);
        int looks = _looks;
        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
        Assert.Equal(looks, _looks);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
    }
}
