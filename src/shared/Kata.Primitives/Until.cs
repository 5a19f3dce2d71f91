namespace Kata.Primitives;

/// <summary>Waits for what nobody announces, by looking again and again until a deadline.</summary>
/// <remarks>The first look comes at once, the second after a millisecond, the ones after it at intervals that double; the last one comes at the deadline.</remarks>
public static class Until
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);

    /// <summary>Waits for a condition.</summary>
    /// <param name="condition">Looks; what it throws ends the wait.</param>
    /// <param name="deadline">How long to wait; zero looks once.</param>
    /// <param name="longestPause">The longest time between two looks; at least a millisecond.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it held; false at the deadline.</returns>
    public static async Task<bool> HoldsAsync(
        Func<bool> condition, TimeSpan deadline, TimeSpan longestPause, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(longestPause, FirstPause);
        long started = time.GetTimestamp();
        for (TimeSpan pause = FirstPause; !condition(); pause = Shorter(pause * 2, longestPause))
        {
            TimeSpan left = deadline - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            // Timers count whole milliseconds: a shorter one would not wait at all.
            await Task.Delay(Longer(Shorter(pause, left), FirstPause), time, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Waits for something to be found.</summary>
    /// <param name="look">Looks; null: not there yet. What it throws ends the wait.</param>
    /// <param name="deadline">How long to wait; zero looks once.</param>
    /// <param name="longestPause">The longest time between two looks; at least a millisecond.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was found; null at the deadline.</returns>
    public static async Task<T?> FoundAsync<T>(
        Func<T?> look, TimeSpan deadline, TimeSpan longestPause, TimeProvider time, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(look);
        T? found = null;
        await HoldsAsync(() => (found = look()) is not null, deadline, longestPause, time, cancellationToken).ConfigureAwait(false);
        return found;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
