namespace Kata.Linux.Events;

/// <summary>What <see cref="FdPoller"/> tells about readiness.</summary>
internal interface IPollTarget
{
    /// <summary>The descriptor that is watched.</summary>
    Fd Fd { get; }

    /// <summary>Something happened to it. On the poller's thread: must neither block nor throw.</summary>
    /// <param name="events">As epoll_wait(2) reports them.</param>
    /// <param name="token">The token of the watch, which may not have been returned to the one who added it yet.</param>
    void Signal(uint events, ulong token);
}
