namespace Kata.Oci.Runtime;

/// <summary>Scheduling policy of a process, as sched_setattr(2) takes it.</summary>
public sealed record LinuxScheduler
{
    /// <summary>Name such as <c>SCHED_OTHER</c>.</summary>
    public string Policy { get; init => field = value ?? ""; } = "";

    /// <summary>-20 to 19.</summary>
    public int Nice { get; init; }

    /// <summary>Static priority of the real-time policies.</summary>
    public int Priority { get; init; }

    /// <summary>Names such as <c>SCHED_FLAG_RESET_ON_FORK</c>.</summary>
    public IReadOnlyList<string> Flags { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Nanoseconds, deadline policy only.</summary>
    public ulong Runtime { get; init; }

    /// <summary>Nanoseconds, deadline policy only.</summary>
    public ulong Deadline { get; init; }

    /// <summary>Nanoseconds, deadline policy only.</summary>
    public ulong Period { get; init; }
}
