namespace Kata.Linux.Events;

/// <summary>
/// A descriptor in non-blocking mode with asynchronous waits for readiness. One wait per direction at a time. Works for anything epoll(7) takes: sockets,
/// pipes, terminals, virtio ports, eventfds, pidfds; plain files count as always ready.
/// </summary>
/// <remarks>
/// <para>
/// Readiness is edge triggered, so use it in this order, which loses no edge: take <see cref="ReadEdges"/>; try the call; on EAGAIN wait with the number
/// taken; try again.
/// </para>
/// <para>
/// As long as events are as rare as waits, the descriptor is watched all the time and a wait costs no system call. When events come that nobody waited for,
/// each of which wakes a thread (a large message arrives in many portions while somebody is busy reading it), it is watched during waits only, for some time.
/// </para>
/// </remarks>
public sealed class PolledFd : IPollTarget, IDisposable
{
    /// <summary>One event ends each wait; a second may come before what was found is read.</summary>
    private const uint MostEdgesPerWait = 2;
    private const int WaitsUntilWatchedAgain = 64;

    private readonly Readiness _read = new();
    private readonly Readiness _write = new();
    private readonly Lock _watching = new();
    private readonly bool _onlyAwaited;
    private ulong? _token;
    private bool _registered;
    private bool _disposed;

    /// <summary>What the kernel tells of now; 0 after it told once and stopped.</summary>
    private uint _interest;
    private bool _readAwaited;
    private bool _writeAwaited;

    /// <summary>Waits that are left of the time when it is watched during waits only; 0: it is always watched.</summary>
    private int _watchedWaits;
    private uint _seenAtWait;

    /// <summary>Takes over a descriptor.</summary>
    /// <param name="fd">Set to non-blocking here, which all its duplicates share; disposed with this object.</param>
    /// <param name="onlyAwaited">
    /// Only for reading: what happens while nobody waits is never told. A pipe tells of each write to it otherwise, and each time a thread of ours gets the
    /// processor from whoever writes.
    /// </param>
    /// <exception cref="LinuxException">EEXIST: this very descriptor is polled already; duplicate it. With <paramref name="onlyAwaited"/> the first wait says so.</exception>
    public PolledFd(Fd fd, bool onlyAwaited = false)
    {
        ArgumentNullException.ThrowIfNull(fd);
        Fd = fd;
        _onlyAwaited = onlyAwaited;
        fd.SetNonBlocking(true);
        if (!onlyAwaited)
        {
            lock (_watching)
            {
                Watch();
            }
        }
    }

    /// <summary>The descriptor.</summary>
    public Fd Fd { get; }

    /// <summary>Number of times it was found readable, or closed by the other side, while it was watched.</summary>
    public uint ReadEdges => _read.Edges;

    /// <summary>Number of times it was found writable while it was watched.</summary>
    public uint WriteEdges => _write.Edges;

    private bool WatchedOnlyWhileAwaited => _onlyAwaited || _watchedWaits > 0;

    /// <summary>Waits until it becomes readable, hangs up or fails; spurious returns are possible.</summary>
    /// <param name="seen">What <see cref="ReadEdges"/> was before the attempt that found nothing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">Another wait for reading is in progress.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, before or meanwhile.</exception>
    public ValueTask WaitReadableAsync(uint seen, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (ReadEdges == seen)
        {
            WatchForReader(seen);
        }

        return _read.WaitAsync(seen, cancellationToken);
    }

    /// <summary>Waits until it becomes writable, hangs up or fails; spurious returns are possible.</summary>
    /// <param name="seen">What <see cref="WriteEdges"/> was before the attempt that found no room.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">Another wait for writing is in progress, or the descriptor is for reading only.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, before or meanwhile.</exception>
    public ValueTask WaitWritableAsync(uint seen, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (_onlyAwaited)
        {
            throw new InvalidOperationException("the descriptor is watched for reading only");
        }

        // Asked for only when needed: on a socket every read of the peer makes an edge.
        lock (_watching)
        {
            _writeAwaited = true;
            Watch();
        }

        return _write.WaitAsync(seen, cancellationToken);
    }

    /// <summary>Blocks the calling thread until it is readable or writable.</summary>
    /// <param name="forWriting">Which of the two.</param>
    /// <exception cref="LinuxException">As poll(2).</exception>
    public void Block(bool forWriting) => _ = PollCalls.PollOne(Fd, forWriting ? PollCalls.Out : PollCalls.In, timeout: -1);

    /// <summary>Closes the descriptor; waits in progress end with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        lock (_watching)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            if (_token is { } token)
            {
                FdPoller.Shared.Remove(this, token);
            }

            Fd.Dispose();
        }

        _read.Close();
        _write.Close();
    }

    /// <inheritdoc/>
    void IPollTarget.Signal(uint events, ulong token, bool mayRun)
    {
        const uint Both = PollCalls.HangUp | PollCalls.Error;

        // Out alone counts for reading too: a virtio port whose host side connects has nothing to read yet, but its next 0 means something else.
        bool reader = (events & (PollCalls.In | PollCalls.Priority | PollCalls.ReadHangUp | PollCalls.Out | Both)) != 0;
        bool writer = (events & (PollCalls.Out | Both)) != 0;

        // Before who waits is told: the next wait must find that it has to ask again.
        writer |= !TryWatchOn(writer);
        reader = reader && _read.TrySignal();
        writer = writer && _write.TrySignal();
        Complete(_write, writer, mayRun && !reader);
        Complete(_read, reader, mayRun);
    }

    /// <summary>Somebody is about to wait for something to read.</summary>
    private void WatchForReader(uint seen)
    {
        lock (_watching)
        {
            if (WatchedOnlyWhileAwaited)
            {
                _watchedWaits -= _onlyAwaited ? 0 : 1;
            }
            else if (seen - _seenAtWait > MostEdgesPerWait)
            {
                _watchedWaits = WaitsUntilWatchedAgain;
            }

            _seenAtWait = seen;
            _readAwaited = true;
            Watch();
        }
    }

    /// <summary>The kernel has told of something, and maybe stopped watching. Whoever waits for something else still does.</summary>
    /// <returns>False: that failed, so the writer has to ask again, and gets to know why.</returns>
    private bool TryWatchOn(bool writer)
    {
        lock (_watching)
        {
            _readAwaited = false;
            _writeAwaited &= !writer;
            if (!WatchedOnlyWhileAwaited)
            {
                return true;
            }

            _interest = 0;
            try
            {
                if (_writeAwaited)
                {
                    Watch();
                }

                return true;
            }
            catch (LinuxException)
            {
                _interest = 0;
                return false;
            }
        }
    }

    /// <summary>Makes the kernel tell of what is to be told now. The lock is held.</summary>
    private void Watch()
    {
        uint interest = FdPoller.ReadInterest | (_interest & PollCalls.Out);
        if (WatchedOnlyWhileAwaited)
        {
            interest = (_readAwaited ? FdPoller.ReadInterest : PollCalls.EdgeTriggered) | PollCalls.Once;
        }

        interest |= _writeAwaited ? PollCalls.Out : 0;
        if (_disposed || interest == _interest)
        {
            return; // the wait finds out that it was disposed
        }

        if (!_registered)
        {
            _token = FdPoller.Shared.Add(this, interest);
            _registered = true;
        }
        else if (_token is { } token)
        {
            FdPoller.Shared.Change(this, token, interest);
        }

        // A file that is always ready has no token.
        _interest = interest;
    }

    private static void Complete(Readiness waiting, bool completed, bool here)
    {
        if (completed && here)
        {
            waiting.Execute();
        }
        else if (completed)
        {
            waiting.Queue();
        }
    }
}
