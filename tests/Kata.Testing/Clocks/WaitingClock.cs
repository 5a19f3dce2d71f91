using Microsoft.Extensions.Time.Testing;

namespace Kata.Testing.Clocks;

/// <summary>A clock that stands still until it is advanced, and tells when something begins to wait for it.</summary>
public sealed class WaitingClock : FakeTimeProvider
{
    private readonly SemaphoreSlim _waits = new(0);

    /// <summary>Returns when something has begun to wait that nobody has asked for yet.</summary>
    public async Task NextWaitAsync(CancellationToken cancellationToken)
    {
        if (!await _waits.WaitAsync(TimeSpan.FromSeconds(20), cancellationToken))
        {
            throw new TimeoutException("nothing began to wait");
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        _waits.Release();
        return timer;
    }
}
