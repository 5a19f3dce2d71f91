using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Kata.Linux.Events;

/// <summary>
/// One thread of the process that waits for descriptors with epoll and runs short callbacks: for pidfds, pipes and whatever else is seldom ready.
/// Safe for concurrent use.
/// </summary>
/// <remarks>
/// The thread also completes tasks on behalf of threads that live in namespaces of their own: completing a task may start a thread of the pool, and a
/// thread is born into the namespaces, root and working directory of the one that starts it.
/// </remarks>
internal sealed unsafe partial class ReadinessLoop
{
    private const int Add = 1; // EPOLL_CTL_ADD
    private const int Delete = 2; // EPOLL_CTL_DEL
    private const int CreateCloseOnExec = 0x80000; // EPOLL_CLOEXEC
    private const int EventCloseOnExec = 0x80000; // EFD_CLOEXEC
    private const int BatchSize = 32;
    private const long WakeKey = 0;

    private readonly ConcurrentDictionary<long, (Fd Fd, Action Ready)> _waiting = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Fd _epoll;
    private readonly Fd _wake;
    private long _lastKey;

    private ReadinessLoop()
    {
        int epoll = NativeCreate(CreateCloseOnExec);
        _epoll = epoll >= 0 ? new Fd(epoll) : throw LinuxException.FromLastError("epoll_create1");
        int wake = NativeEventFd(0, EventCloseOnExec);
        _wake = wake >= 0 ? new Fd(wake) : throw LinuxException.FromLastError("eventfd");
        Control(Add, _wake, EpollEvent.Readable, WakeKey);
        new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = "readiness" }.Start();
    }

    /// <summary>The loop of this process. The first use starts its thread, and must come from a thread in the process's own namespaces.</summary>
    internal static ReadinessLoop Shared { get; } = new();

    /// <summary>Calls back once, on the loop's thread, when there is something to read or the other side is gone.</summary>
    /// <param name="fd">Stays open until the callback. No other wait for the same descriptor may be pending.</param>
    /// <param name="ready">Must neither block nor throw.</param>
    internal void OnceReadable(Fd fd, Action ready)
    {
        long key = Interlocked.Increment(ref _lastKey);
        _waiting[key] = (fd, ready);
        try
        {
            Control(Add, fd, EpollEvent.Readable | EpollEvent.OneShot, key);
        }
        catch
        {
            _waiting.TryRemove(key, out _);
            throw;
        }
    }

    /// <summary>Runs an action on the loop's thread.</summary>
    /// <param name="action">Must neither block nor throw.</param>
    internal void Post(Action action)
    {
        _posted.Enqueue(action);
        ulong one = 1;
        FdIo.WriteAll(_wake, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in one)));
    }

    private void Run()
    {
        byte* events = stackalloc byte[BatchSize * EpollEvent.Size];
        while (true)
        {
            int count = NativeWait(_epoll, events, BatchSize, -1);
            if (count < 0 && LinuxException.LastErrno() != Errno.EINTR)
            {
                // Every launch and exit of this process would hang from here on.
                Environment.FailFast($"epoll_wait: {LinuxException.Explain(LinuxException.LastErrno())}");
            }

            for (int i = 0; i < count; i++)
            {
                Dispatch(EpollEvent.ReadData(events + (i * EpollEvent.Size)));
            }
        }
    }

    private void Dispatch(long key)
    {
        if (key == WakeKey)
        {
            Span<byte> value = stackalloc byte[sizeof(ulong)];
            FdIo.Read(_wake, value);
            while (_posted.TryDequeue(out Action? action))
            {
                action();
            }
        }
        else if (_waiting.TryRemove(key, out (Fd Fd, Action Ready) wait))
        {
            // Explicitly: a child that inherited the file a moment ago would keep the registration alive beyond our close.
            Control(Delete, wait.Fd, 0, 0);
            wait.Ready();
        }
    }

    private void Control(int operation, Fd fd, uint events, long key)
    {
        byte* description = stackalloc byte[16];
        EpollEvent.Write(description, events, key);
        if (NativeControl(_epoll, operation, fd, description) != 0)
        {
            throw LinuxException.FromLastError("epoll_ctl");
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int NativeCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int NativeControl(Fd epoll, int operation, Fd fd, byte* description);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int NativeWait(Fd epoll, byte* events, int maximum, int timeout);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int NativeEventFd(uint initial, int flags);
}
