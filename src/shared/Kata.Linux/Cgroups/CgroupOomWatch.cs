using Kata.Linux.Events;

namespace Kata.Linux.Cgroups;

/// <summary>Reports processes of a group that were killed for lack of memory, on a thread of <see cref="FdPoller"/>, until disposed.</summary>
internal abstract class CgroupOomWatch : IPollTarget, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Action _report;
    private ulong? _token;
    private bool _disposed;

    /// <summary>Takes over what tells of changes.</summary>
    /// <param name="events">The descriptor.</param>
    /// <param name="report">As for <see cref="ICgroup.WatchOom"/>.</param>
    protected CgroupOomWatch(Fd events, Action report)
    {
        Events = events;
        _report = report;
    }

    /// <summary>The descriptor.</summary>
    protected Fd Events { get; }

    Fd IPollTarget.Fd => Events;

    void IPollTarget.Signal(uint events, ulong token, bool mayRun) => Look();

    /// <summary>Looks whether something was killed since the last look, and reports it.</summary>
    internal void Look()
    {
        lock (_gate)
        {
            if (_disposed || !HasNews())
            {
                return;
            }
        }

        _report();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        if (_token is { } token)
        {
            FdPoller.Shared.Remove(this, token);
        }

        Events.Dispose();
    }

    /// <summary>Begins to wait; the last step of the constructor. Disposes the object when that fails.</summary>
    /// <param name="prepare">What comes before.</param>
    /// <param name="add">Adds it to the poller.</param>
    protected void Begin(Action prepare, Func<FdPoller, IPollTarget, ulong?> add)
    {
        try
        {
            prepare();
            _token = add(FdPoller.Shared, this);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether something was killed since the last call. One call at a time; must not throw.</summary>
    protected abstract bool HasNews();
}
