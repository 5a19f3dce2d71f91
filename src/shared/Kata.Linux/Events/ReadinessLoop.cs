using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Kata.Linux.Events;

/// <summary>
/// Runs short callbacks on a poller's thread: once when a pidfd or pipe becomes readable, or on behalf of another thread. Safe for concurrent use.
/// </summary>
/// <remarks>
/// The latter is for threads that live in namespaces of their own: completing a task may start a thread of the pool, and a thread is born into the
/// namespaces, root and working directory of the one that starts it.
/// </remarks>
internal sealed partial class ReadinessLoop : IPollTarget
{
    private const int EventCloseOnExec = 0x80000; // EFD_CLOEXEC
    private const int EventNonBlocking = 0x800; // EFD_NONBLOCK

    private readonly ConcurrentQueue<Action> _posted = new();

    private ReadinessLoop()
    {
        int wake = NativeEventFd(0, EventCloseOnExec | EventNonBlocking);
        Fd = wake >= 0 ? new Fd(wake) : throw LinuxException.FromLastError("eventfd");
        FdPoller.Shared.Add(this);
    }

    /// <summary>The loop of this process. The first use starts the poller's thread, and must come from a thread in the process's own namespaces.</summary>
    internal static ReadinessLoop Shared { get; } = new();

    /// <inheritdoc/>
    public Fd Fd { get; }

    /// <summary>Calls back once, on a poller's thread, when there is something to read or the other side is gone.</summary>
    /// <param name="fd">Stays open until the callback. No other wait for the same descriptor may be pending.</param>
    /// <param name="ready">Must neither block nor throw.</param>
    internal void OnceReadable(Fd fd, Action ready) => FdPoller.Shared.Add(new OneWait(fd, ready));

    /// <summary>Runs an action on a poller's thread. Actions may overtake each other.</summary>
    /// <param name="action">Must neither block nor throw.</param>
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
        while (_posted.TryDequeue(out Action? action))
        {
            action();
        }
    }

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int NativeEventFd(uint initial, int flags);

    private sealed class OneWait(Fd fd, Action ready) : IPollTarget
    {
        private int _called;

        public Fd Fd => fd;

        public void Signal(uint events, ulong token, bool mayRun)
        {
            if (Interlocked.Exchange(ref _called, 1) == 0)
            {
                FdPoller.Shared.Remove(this, token);
                ready();
            }
        }
    }
}
