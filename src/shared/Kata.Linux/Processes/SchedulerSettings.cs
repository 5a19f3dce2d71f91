namespace Kata.Linux.Processes;

/// <summary>How the kernel schedules a process, sched_setattr(2).</summary>
public sealed record SchedulerSettings
{
    /// <summary>The policy.</summary>
    public required SchedulerPolicy Policy { get; init; }

    /// <summary>Details of the policy.</summary>
    public SchedulerFlags Flags { get; init; }

    /// <summary>-20 to 19, for the policies that share.</summary>
    public int Nice { get; init; }

    /// <summary>1 to 99 for the real-time policies, else 0.</summary>
    public uint Priority { get; init; }

    /// <summary>Nanoseconds; for deadlines only.</summary>
    public ulong Runtime { get; init; }

    /// <summary>Nanoseconds; for deadlines only.</summary>
    public ulong Deadline { get; init; }

    /// <summary>Nanoseconds; for deadlines only.</summary>
    public ulong Period { get; init; }
}
