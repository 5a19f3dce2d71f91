using Kata.Linux.Processes;

namespace Kata.Agent.Guest;

/// <summary>Gives back the memory that starting processes needed, heap and code, once the agent has not started one for a while: it mostly waits.</summary>
internal sealed class IdleMemory : IDisposable
{
    /// <summary>How long after the last start.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;
    private readonly Action _release;
    private readonly ITimer _timer;
    private long _last;
    private int _waiting;

    /// <summary>Waits for the first start.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="release">What is done; null for the real thing.</param>
    public IdleMemory(TimeProvider time, Action? release = null)
    {
        _time = time;
        _release = release ?? Release;
        _timer = time.CreateTimer(static self => ((IdleMemory)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A container or a process in one was started.</summary>
    public void ProcessStarted()
    {
        // A timer that is set anew each time wakes a thread each time.
        Volatile.Write(ref _last, _time.GetTimestamp());
        if (Interlocked.Exchange(ref _waiting, 1) == 0)
        {
            _timer.Change(Rest, Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    // The heap first: to collect it takes code.
    private static void Release()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        ProcessLauncher.ReleaseProgram();
    }

    private void Look()
    {
        Volatile.Write(ref _waiting, 0);
        TimeSpan left = Rest - _time.GetElapsedTime(Volatile.Read(ref _last));
        if (left <= TimeSpan.Zero)
        {
            _release();
        }
        else if (Interlocked.Exchange(ref _waiting, 1) == 0)
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
        }
    }
}
