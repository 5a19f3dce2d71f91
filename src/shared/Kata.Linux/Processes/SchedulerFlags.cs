namespace Kata.Linux.Processes;

/// <summary>Flags of sched_setattr(2).</summary>
[Flags]
public enum SchedulerFlags : ulong
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Children go back to the usual policy (SCHED_FLAG_RESET_ON_FORK).</summary>
    ResetOnFork = 0x01,

    /// <summary>Unused time may be taken by others (SCHED_FLAG_RECLAIM).</summary>
    Reclaim = 0x02,

    /// <summary>An overrun is signalled (SCHED_FLAG_DL_OVERRUN).</summary>
    SignalOverrun = 0x04,

    /// <summary>The policy stays as it is (SCHED_FLAG_KEEP_POLICY).</summary>
    KeepPolicy = 0x08,

    /// <summary>The parameters stay as they are (SCHED_FLAG_KEEP_PARAMS).</summary>
    KeepParameters = 0x10,

    /// <summary>The lower bound of utilization is given (SCHED_FLAG_UTIL_CLAMP_MIN).</summary>
    ClampMinimum = 0x20,

    /// <summary>The upper bound of utilization is given (SCHED_FLAG_UTIL_CLAMP_MAX).</summary>
    ClampMaximum = 0x40,
}
