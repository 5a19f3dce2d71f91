namespace Kata.Linux.Events;

/// <summary>
/// A descriptor in non-blocking mode with asynchronous waits for readiness. One wait per direction at a time. Works for anything epoll(7) takes: sockets,
/// pipes, terminals, virtio ports, eventfds, pidfds; plain files count as always ready.
/// </summary>
/// <remarks>
/// Readiness is edge triggered, so use it in this order, which loses no edge: take <see cref="ReadEdges"/>; try the call; on EAGAIN wait with the number
/// taken; try again.
/// </remarks>
public sealed class PolledFd : IPollTarget, IDisposable
{
    private readonly Readiness _read = new();
    private readonly Readiness _write = new();
    private readonly Lock _registering = new();
    private readonly bool _onlyAwaited;
    private ulong? _token;
    private bool _registered;
    private int _writeInterest;
    private int _watched;
    private int _disposed;

    /// <summary>Takes over a descriptor.</summary>
    /// <param name="fd">Set to non-blocking here, which all its duplicates share; disposed with this object.</param>
    /// <param name="onlyAwaited">
    /// Only for reading: what happens while nobody waits is not told. A pipe tells of each write to it otherwise, and each time a thread of ours gets the
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
            _watched = 1;
            Watch();
        }
    }

    /// <summary>The descriptor.</summary>
    public Fd Fd { get; }

    /// <summary>Number of times it became readable, or was closed by the other side.</summary>
    public uint ReadEdges => _read.Edges;

    /// <summary>Number of times it became writable.</summary>
    public uint WriteEdges => _write.Edges;

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

        if (_onlyAwaited && ReadEdges == seen && Interlocked.Exchange(ref _watched, 1) == 0)
        {
            Watch();
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
        if (_token is { } token && Interlocked.Exchange(ref _writeInterest, 1) == 0)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            FdPoller.Shared.AddWriteInterest(this, token);
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
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        lock (_registering)
        {
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

        // Before who waits is told: the next wait must find that it has to ask again.
        Volatile.Write(ref _watched, 0);

        // Out alone counts for reading too: a virtio port whose host side connects has nothing to read yet, but its next 0 means something else.
        bool reader = (events & (PollCalls.In | PollCalls.Priority | PollCalls.ReadHangUp | PollCalls.Out | Both)) != 0 && _read.TrySignal();
        bool writer = (events & (PollCalls.Out | Both)) != 0 && _write.TrySignal();
        Complete(_write, writer, mayRun && !reader);
        Complete(_read, reader, mayRun);
    }

    // A file that is always ready has no token.
    private void Watch()
    {
        lock (_registering)
        {
            if (Volatile.Read(ref _disposed) != 0)
            {
                return; // the wait finds out
            }

            if (!_registered)
            {
                _token = FdPoller.Shared.Add(this, _onlyAwaited);
                _registered = true;
            }
            else if (_token is { } token)
            {
                FdPoller.Shared.WatchAgain(this, token);
            }
        }
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
