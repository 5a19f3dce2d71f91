using Kata.Linux.Processes;

namespace Kata.Linux.Events;

/// <summary>The threads that wait for descriptors on behalf of the whole process.</summary>
/// <remarks>
/// <para>
/// A thread that finds something ready runs what awaits it by itself, which saves the hop to the thread pool that is most of the latency of a message,
/// as long as another thread is left to wait meanwhile; the last one hands over to the pool and waits on. So what awaits may take its time or even
/// block, and never holds up another descriptor. The kernel wakes the thread that began to wait last, so with one message at a time it is always the same.
/// </para>
/// <para>
/// A new thread inherits namespaces, root and working directory from the thread that starts it. A program that has threads in namespaces of their own
/// calls <see cref="Start"/> before it makes them.
/// </para>
/// </remarks>
public sealed unsafe class FdPoller
{
    private const int BatchSize = 64;
    private const int MostThreads = 3;
    private const int StackBytes = 1024 * 1024;

    /// <summary>Events of a descriptor that is watched for reading, each change told once.</summary>
    internal const uint ReadInterest = PollCalls.In | PollCalls.Priority | PollCalls.ReadHangUp | PollCalls.EdgeTriggered;

    private static readonly Lazy<FdPoller> Lazily = new(() => new FdPoller());

    private readonly Lock _gate = new();
    private readonly Fd _epoll;
    private readonly Stack<int> _free = new();
    private Slot?[] _slots = new Slot?[16];
    private int _used;
    private int _threads;
    private int _waiting;

    [ThreadStatic]
    private static bool _nextWaitIsPatient;

    private FdPoller()
    {
        int fd = PollCalls.EpollCreate(PollCalls.CloseOnExec);
        _epoll = fd >= 0 ? new Fd(fd) : throw LinuxException.FromLastError("epoll_create1");
        StartThread();
    }

    internal static FdPoller Shared => Lazily.Value;

    /// <summary>
    /// What this thread waits for comes from a process of this machine that has more to do: when the thread then waits for the next event, and gets it while
    /// another runs, it leaves the other its turn, up to some milliseconds. A process that writes into a pipe so gets to fill it, and one that tells us
    /// something gets to where it waits, instead of losing the processor, and with it all that is in its caches. Where a processor is free nothing changes.
    /// Once, and only on a poller's thread.
    /// </summary>
    public static void WaitPatientlyNext() => _nextWaitIsPatient = true;

    /// <summary>Starts now, from this thread, instead of at first use.</summary>
    public static void Start() => _ = Lazily.Value;

    /// <summary>Begins to watch a descriptor for reading.</summary>
    /// <returns>The token for the other calls; null when this kind of file cannot be waited for, as it is always ready.</returns>
    internal ulong? Add(IPollTarget target) => Add(target, ReadInterest);

    /// <summary>Begins to watch a file of the kernel's that tells of changes by EPOLLPRI, as those of cgroups do, each after the last was read.</summary>
    /// <inheritdoc cref="Add(IPollTarget)"/>
    internal ulong? AddForChanges(IPollTarget target) => Add(target, PollCalls.Priority | PollCalls.EdgeTriggered);

    /// <summary>Begins to watch a descriptor.</summary>
    /// <param name="target">Who is told.</param>
    /// <param name="interest">For what, as epoll_ctl(2) takes it.</param>
    /// <inheritdoc cref="Add(IPollTarget)"/>
    internal ulong? Add(IPollTarget target, uint interest)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out int index))
            {
                index = _used++;
                if (index == _slots.Length)
                {
                    Slot?[] larger = _slots;
                    Array.Resize(ref larger, index * 2);
                    Volatile.Write(ref _slots, larger);
                }
            }

            uint generation = (_slots[index]?.Generation ?? 0) + 1;
            Volatile.Write(ref _slots[index], new Slot(target, generation));
            ulong token = ((ulong)generation << 32) | (uint)index;
            Errno error = Control(PollCalls.ControlAdd, target.Fd, interest, token);
            if (error == 0)
            {
                return token;
            }

            Free(index);
            return error == Errno.EPERM ? null : throw new LinuxException("epoll_ctl", error, target.Fd.Value);
        }
    }

    /// <summary>Watches for something else from now on. What is so already is told once more.</summary>
    /// <exception cref="LinuxException">As epoll_ctl(2).</exception>
    internal void Change(IPollTarget target, ulong token, uint interest)
    {
        Errno error = Control(PollCalls.ControlModify, target.Fd, interest, token);
        if (error != 0)
        {
            throw new LinuxException("epoll_ctl", error, target.Fd.Value);
        }
    }

    /// <summary>Stops watching. Must come before the descriptor is closed: the kernel would go on watching a duplicate.</summary>
    internal void Remove(IPollTarget target, ulong token)
    {
        lock (_gate)
        {
            // Whoever closed it already has ended the watch as well, unless there is a duplicate; then its events find no one.
            if (!target.Fd.IsClosed)
            {
                _ = Control(PollCalls.ControlRemove, target.Fd, 0, 0);
            }

            Free((int)(uint)token);
        }
    }

    private void Free(int index)
    {
        Volatile.Write(ref _slots[index], new Slot(null, _slots[index]?.Generation ?? 0));
        _free.Push(index);
    }

    private Errno Control(int operation, Fd fd, uint events, ulong token)
    {
        byte* record = stackalloc byte[EpollRecord.MaxSize];
        EpollRecord.Write(new Span<byte>(record, EpollRecord.MaxSize), events, token);
        return PollCalls.EpollControl(_epoll, operation, fd, record) == 0 ? 0 : LinuxException.LastErrno();
    }

    private void StartThread()
    {
        _threads++;
        new Thread(Run, StackBytes) { IsBackground = true, Name = "kata-poll" }.Start();
    }

    private void Run()
    {
        byte* records = stackalloc byte[BatchSize * EpollRecord.MaxSize];
        while (true)
        {
            Interlocked.Increment(ref _waiting);
            int count = Wait(records);
            bool last = Interlocked.Decrement(ref _waiting) == 0;
            if (count < 0 && LinuxException.LastErrno() is var error and not Errno.EINTR)
            {
                // Nothing that was wrong at creation can become wrong later; if it does, hanging silently would be worse.
                Environment.FailFast($"epoll_wait: {error}");
            }

            for (int i = 0; i < count; i++)
            {
                (uint events, ulong token) = EpollRecord.Read(new ReadOnlySpan<byte>(records + (i * EpollRecord.Size), EpollRecord.Size));

                // Only the last of a batch: those behind it must not wait for what it runs.
                Dispatch(events, token, mayRun: !last && i == count - 1);
            }

            if (last && count > 0)
            {
                AddThread();
            }
        }
    }

    private int Wait(byte* records)
    {
        // Batch work does not preempt. Only while it waits: what runs here starts threads and processes, which inherit it.
        bool patient = _nextWaitIsPatient && ThreadScheduling.TrySet(SchedulerPolicy.Batch);
        _nextWaitIsPatient = false;
        int count = PollCalls.EpollWait(_epoll, records, BatchSize, timeout: -1);
        if (patient)
        {
            _ = ThreadScheduling.TrySet(SchedulerPolicy.Other);
        }

        return count;
    }

    /// <summary>Nobody was left to wait: from the second event on somebody is.</summary>
    private void AddThread()
    {
        if (Volatile.Read(ref _threads) == MostThreads)
        {
            return;
        }

        lock (_gate)
        {
            if (_threads < MostThreads)
            {
                StartThread();
            }
        }
    }

    private void Dispatch(uint events, ulong token, bool mayRun)
    {
        // An event may be older than the removal of its descriptor: then the generation does not match.
        Slot slot = Volatile.Read(ref Volatile.Read(ref _slots)[(int)(uint)token]) ?? Slot.None;
        if (slot.Generation == (uint)(token >> 32))
        {
            slot.Target?.Signal(events, token, mayRun);
        }
    }

    private sealed record Slot(IPollTarget? Target, uint Generation)
    {
        internal static readonly Slot None = new(null, 0);
    }
}
