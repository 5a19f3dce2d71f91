namespace Kata.Linux.Processes;

/// <summary>Classes of I/O priority, ioprio_set(2).</summary>
public enum IoPriorityClass
{
    /// <summary>Follows the nice value (IOPRIO_CLASS_NONE).</summary>
    None = 0,

    /// <summary>Before all others (IOPRIO_CLASS_RT).</summary>
    RealTime = 1,

    /// <summary>The usual one (IOPRIO_CLASS_BE).</summary>
    BestEffort = 2,

    /// <summary>When nobody else wants to (IOPRIO_CLASS_IDLE).</summary>
    Idle = 3,
}
