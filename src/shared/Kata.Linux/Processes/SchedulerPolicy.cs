namespace Kata.Linux.Processes;

/// <summary>Scheduling policies, with the kernel's numbers.</summary>
public enum SchedulerPolicy
{
    /// <summary>The usual one (SCHED_OTHER).</summary>
    Other = 0,

    /// <summary>Real time, until it gives up the processor (SCHED_FIFO).</summary>
    Fifo = 1,

    /// <summary>Real time, in turns (SCHED_RR).</summary>
    RoundRobin = 2,

    /// <summary>For work without haste (SCHED_BATCH).</summary>
    Batch = 3,

    /// <summary>When nothing else wants to run (SCHED_IDLE).</summary>
    Idle = 5,

    /// <summary>By deadlines (SCHED_DEADLINE).</summary>
    Deadline = 6,
}
