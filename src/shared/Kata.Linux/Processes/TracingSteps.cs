namespace Kata.Linux.Processes;

/// <summary>Steps about who may look into the new process.</summary>
public static class TracingSteps
{
    private const int SetDumpable = 4; // PR_SET_DUMPABLE

    /// <summary>
    /// Lets nobody without CAP_SYS_PTRACE trace the process or open its files under /proc until it executes: before that it holds a copy of the parent's
    /// memory and, in a container's namespaces, has neighbours (CVE-2016-9962). For children that do not share the parent's memory.
    /// </summary>
    public static ProcessProgram ForbidTracing(this ProcessProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program.Raw("forbid tracing", SystemCallNumbers.ProcessControl, SetDumpable, 0, 0, 0, 0);
    }
}
