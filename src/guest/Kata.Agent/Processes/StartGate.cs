using Kata.Linux;
using Kata.Linux.Events;
using Kata.Primitives;

namespace Kata.Agent.Processes;

/// <summary>Holds the first process of a container between its set-up and its program: the child says when it is ready and waits for one byte.</summary>
internal sealed class StartGate : IDisposable
{
    private readonly Fd _open;
    private readonly Fd _isReady;
    private PolledFd? _polled;
    private int _opened;

    /// <summary>Makes a closed gate.</summary>
    public StartGate()
    {
        (Wait, _open) = Fd.Pipe();
        (_isReady, Ready) = Fd.Pipe();
        _isReady.SetNonBlocking(true);
    }

    /// <summary>The child reads one byte from here.</summary>
    public Fd Wait { get; }

    /// <summary>The child writes one byte here when it is about to wait.</summary>
    public Fd Ready { get; }

    /// <summary>To be called once the child exists: its ends are its own from now on, so its death is noticed.</summary>
    public void ChildHasItsEnds()
    {
        Ready.Dispose();
        Wait.Dispose();
    }

    /// <summary>Waits until the child stands at the gate. Once only.</summary>
    /// <returns>False when it died on the way.</returns>
    public async Task<bool> WaitReadyAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[1];
        while (true)
        {
            uint edges = _polled?.ReadEdges ?? 0;
            Errno error = FdIo.TryRead(_isReady, buffer, out int count);
            if (error != Errno.EAGAIN)
            {
                CloseReady(); // or the end of the child's side would wake us
                return count == 1;
            }

            // Where there is one processor the child often is there already; watched before, it would only wake us while we do other things. And it is to
            // get to the gate before we take the processor.
            _polled ??= new PolledFd(_isReady);
            FdPoller.WaitPatientlyNext();
            await _polled.WaitReadableAsync(edges, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lets the child go on. Once only.</summary>
    /// <exception cref="KataException">FailedPrecondition: it was opened before, or the child is gone.</exception>
    public void Open()
    {
        if (Interlocked.Exchange(ref _opened, 1) != 0)
        {
            throw new KataException(ErrorCode.FailedPrecondition, "the container was started before");
        }

        Errno error = FdIo.TryWrite(_open, "\0"u8, out _);
        if (error != 0)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"the container's process is gone: {LinuxException.Explain(error)}");
        }
    }

    /// <summary>Closes all ends. A child that still waits gives up and exits.</summary>
    public void Dispose()
    {
        ChildHasItsEnds();
        _open.Dispose();
        CloseReady();
    }

    private void CloseReady()
    {
        _polled?.Dispose();
        _isReady.Dispose();
    }
}
