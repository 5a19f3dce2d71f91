using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Kata.Linux.Events;

/// <summary>
/// Runs callbacks on a poller's thread: once when a pidfd or pipe becomes readable, or on behalf of another thread. Safe for concurrent use.
/// </summary>
/// <remarks>
/// The latter is for threads that live in namespaces of their own: completing a task may start a thread of the pool, and a thread is born into the
/// namespaces, root and working directory of the one that starts it.
/// </remarks>
internal sealed class ReadinessLoop : IPollTarget
{
    private readonly ConcurrentQueue<Action> _posted = new();

    private ReadinessLoop() => FdPoller.Shared.Add(this);

    /// <summary>The loop of this process. The first use starts the poller's thread, and must come from a thread in the process's own namespaces.</summary>
    internal static ReadinessLoop Shared { get; } = new();

    /// <inheritdoc/>
    public Fd Fd { get; } = EventFd.MakeDescriptor();

    /// <summary>Calls back once, on a poller's thread, when there is something to read or the other side is gone.</summary>
    /// <param name="fd">Stays open until the callback. No other wait for the same descriptor may be pending.</param>
    /// <param name="ready">Must not throw. Its argument says whether it may take its time; if not, it must not block.</param>
    internal void OnceReadable(Fd fd, Action<bool> ready) => FdPoller.Shared.Add(new OneWait(fd, ready));

    /// <summary>Runs an action on a poller's thread if one is free to take its time, and on the thread pool otherwise. Actions may overtake each other.</summary>
    /// <param name="action">Must not throw.</param>
    internal void Post(Action action)
    {
        _posted.Enqueue(action);
        ulong one = 1;
        FdIo.WriteAll(Fd, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in one)));
    }

    /// <inheritdoc/>
    public void Signal(uint events, ulong token, bool mayRun)
    {
        // Reset before looking: what is queued after the look finds it at zero and makes a new event.
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        _ = FdIo.TryRead(Fd, value, out _);
        Action? last = null;
        while (_posted.TryDequeue(out Action? action))
        {
            Queue(last);
            last = action;
        }

        if (mayRun)
        {
            last?.Invoke();
        }
        else
        {
            Queue(last);
        }
    }

    private static void Queue(Action? action)
    {
        if (action is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static action => action(), action, preferLocal: false);
        }
    }

    private sealed class OneWait(Fd fd, Action<bool> ready) : IPollTarget
    {
        private int _called;

        public Fd Fd => fd;

        public void Signal(uint events, ulong token, bool mayRun)
        {
            if (Interlocked.Exchange(ref _called, 1) == 0)
            {
                FdPoller.Shared.Remove(this, token);
                ready(mayRun);
            }
        }
    }
}
