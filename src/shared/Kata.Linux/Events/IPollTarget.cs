namespace Kata.Linux.Events;

/// <summary>What <see cref="FdPoller"/> tells about readiness.</summary>
internal interface IPollTarget
{
    /// <summary>The descriptor that is watched.</summary>
    Fd Fd { get; }

    /// <summary>
    /// Something happened to it. On a poller's thread: must not throw. Another event of the same descriptor may be reported on another thread at the same time.
    /// </summary>
    /// <param name="events">As epoll_wait(2) reports them.</param>
    /// <param name="token">The token of the watch, which may not have been returned to the one who added it yet.</param>
    /// <param name="mayRun">
    /// Whether what awaits the event may run on this thread. Otherwise it must go to the thread pool, because every other descriptor waits meanwhile.
    /// </param>
    void Signal(uint events, ulong token, bool mayRun);
}
