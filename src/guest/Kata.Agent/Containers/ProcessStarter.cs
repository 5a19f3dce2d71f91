using Kata.Agent.Processes;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Agent.Containers;

/// <summary>Makes processes from plans.</summary>
internal sealed class ProcessStarter(ChildReaper reaper, TimeProvider time)
{
    /// <summary>The clock for streams.</summary>
    public TimeProvider Time => time;

    /// <summary>Makes a process.</summary>
    /// <param name="execId">The host's name for it.</param>
    /// <param name="plan">What it does.</param>
    /// <param name="stdio">Its streams; the child's side is closed here when the child exists.</param>
    /// <param name="pidNamespace">The pid namespace to start it in; null makes a new one.</param>
    public GuestProcess Start(string execId, ProcessPlan plan, ProcessStdio stdio, Kata.Linux.Fd? pidNamespace)
    {
        using ProcessProgram program = ContainerProgram.Build(plan);
        var options = new LaunchOptions
        {
            Namespaces = pidNamespace is null ? CloneFlags.NewPid : CloneFlags.None,
            PidNamespace = pidNamespace,
            Cgroup = plan.Cgroup,
            ShareMemory = false,
        };
        (LaunchedProcess process, Task<ExitStatus> exit) = Launch(program, options);
        stdio.Dispose();
        plan.Gate?.ChildHasItsEnds();
        plan.HookGate?.ChildHasItsEnds();
        return new GuestProcess(execId, process, exit, stdio.Streams, time);
    }

    private (LaunchedProcess Process, Task<ExitStatus> Exit) Launch(ProcessProgram program, LaunchOptions options)
    {
        try
        {
            return reaper.Launch(program, options);
        }
        catch (Kata.Linux.LinuxException error) when (options.PidNamespace is not null && error.Errno == Kata.Linux.Errno.ENOMEM)
        {
            // What clone(2) says of a pid namespace whose first process is gone.
            throw new KataException(ErrorCode.FailedPrecondition, "the pid namespace to join has ended with its first process: the sandbox's first container, or the container itself", error);
        }
    }

    /// <summary>Turns the failure of a launch into the words that runc's users know.</summary>
    public static KataException Explain(LaunchException error, string program)
    {
        if (!error.Executing)
        {
            // NotFound is for the program itself, which a runtime reports as 127.
            ErrorCode code = error.Code == ErrorCode.NotFound ? ErrorCode.FailedPrecondition : error.Code;
            return new KataException(code, $"unable to start container process: {error.Message}", error);
        }

        string reason = Kata.Linux.LinuxException.Explain(error.Errno);
        return new KataException(
            error.ShellCode == 127 ? ErrorCode.NotFound : ErrorCode.PermissionDenied, $"exec: \"{Printable.Escape(program, 256)}\": {reason}", error);
    }
}
