using Kata.Linux.Processes;

namespace Kata.Agent.Guest;

/// <summary>Gives back the agent's code that starting processes needed, once it has not started one for a while: an agent mostly waits.</summary>
internal sealed class IdleMemory : IDisposable
{
    /// <summary>How long after the last start.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private readonly ITimer _timer;

    /// <summary>Waits for the first start.</summary>
    public IdleMemory(TimeProvider time) =>
        _timer = time.CreateTimer(static _ => ProcessLauncher.ReleaseProgram(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>A container or a process in one was started.</summary>
    public void ProcessStarted() => _timer.Change(Rest, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
