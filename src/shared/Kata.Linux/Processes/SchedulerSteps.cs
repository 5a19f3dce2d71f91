namespace Kata.Linux.Processes;

/// <summary>Steps about how a process shares processors and disks with others.</summary>
public static unsafe class SchedulerSteps
{
    private const int OneProcess = 1; // IOPRIO_WHO_PROCESS
    private const int ClassShift = 13; // IOPRIO_CLASS_SHIFT

    /// <summary>Sets policy and parameters, sched_setattr(2).</summary>
    /// <param name="program">The program.</param>
    /// <param name="settings">The parameters.</param>
    public static ProcessProgram SetScheduler(this ProcessProgram program, SchedulerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(settings);
        var record = (SchedulerRecord*)program.Arena.Allocate(sizeof(SchedulerRecord));
        *record = new SchedulerRecord
        {
            Size = (uint)sizeof(SchedulerRecord),
            Policy = (uint)settings.Policy,
            Flags = (ulong)settings.Flags,
            Nice = settings.Nice,
            Priority = settings.Priority,
            Runtime = settings.Runtime,
            Deadline = settings.Deadline,
            Period = settings.Period,
        };
        return program.Raw($"set the scheduling policy {settings.Policy}", SystemCallNumbers.SetScheduler, 0, (long)record, 0);
    }

    /// <summary>Sets the I/O priority, ioprio_set(2).</summary>
    /// <param name="program">The program.</param>
    /// <param name="kind">The class.</param>
    /// <param name="level">0, the highest, to 7.</param>
    public static ProcessProgram SetIoPriority(this ProcessProgram program, IoPriorityClass kind, int level)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program.Raw("set the I/O priority", SystemCallNumbers.SetIoPriority, OneProcess, 0, ((long)kind << ClassShift) | (uint)(level & 7));
    }
}
