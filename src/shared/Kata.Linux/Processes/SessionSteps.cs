namespace Kata.Linux.Processes;

/// <summary>Steps about sessions, terminals, limits and what ties the new process to its parent.</summary>
public static unsafe class SessionSteps
{
    private const int SetParentDeathSignal = 1; // PR_SET_PDEATHSIG
    private const int MakeControllingTerminal = 0x540E; // TIOCSCTTY

    /// <summary>Makes a session and a process group of its own, without a terminal.</summary>
    public static ProcessProgram SetSession(this ProcessProgram program) => Of(program).Raw("make a session", SystemCallNumbers.SetSession);

    /// <summary>Makes a process group of its own within the session.</summary>
    public static ProcessProgram SetProcessGroup(this ProcessProgram program) =>
        Of(program).Raw("make a process group", SystemCallNumbers.SetProcessGroup, 0, 0);

    /// <summary>Makes a terminal the controlling one. The process must lead a session that has none.</summary>
    /// <param name="program">The program.</param>
    /// <param name="fd">The terminal's number in the child, as given to <see cref="ProcessProgram.Duplicate"/>.</param>
    public static ProcessProgram SetControllingTerminal(this ProcessProgram program, int fd) =>
        Of(program).Raw("set the controlling terminal", SystemCallNumbers.Ioctl, fd, MakeControllingTerminal, 0);

    /// <summary>Asks the kernel to send a signal when the thread that launched this process ends.</summary>
    /// <remarks>
    /// A change of user or group forgets it, so this comes after those; executing a set-user-id file forgets it too. Use a
    /// <see cref="LauncherThread"/>: a thread of the pool may end at any time.
    /// </remarks>
    public static ProcessProgram ParentDeathSignal(this ProcessProgram program, int signal)
    {
        Of(program).Raw("set the parent-death signal", SystemCallNumbers.ProcessControl, SetParentDeathSignal, signal);

        // A parent that died before that sends nothing. But then nobody reads the report pipe: this write kills with SIGPIPE.
        return program.Add(new ProgramStep("look for the parent", SystemCallNumbers.Write)
        {
            Arguments = [0, (long)program.Arena.Allocate(1), 1],
            ToReport = true,
        });
    }

    /// <summary>Ignores a signal, in the new program too. A process that ignores SIGCHLD has no children to reap: the kernel does it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="signal">1 to 64.</param>
    public static ProcessProgram IgnoreSignal(this ProcessProgram program, int signal)
    {
        const int RecordSize = 32; // the kernel's struct sigaction: handler, flags, restorer, mask
        const long Ignore = 1; // SIG_IGN
        const long MaskSize = 8;
        long* record = (long*)Of(program).Arena.Allocate(RecordSize);
        *record = Ignore;
        return program.Raw($"ignore signal {signal}", SystemCallNumbers.SignalAction, signal, (long)record, 0, MaskSize);
    }

    /// <summary>Sets a resource limit.</summary>
    /// <param name="program">The program.</param>
    /// <param name="resource">A number of <see cref="Security.ResourceLimit"/>.</param>
    /// <param name="soft">The limit in force; <see cref="ulong.MaxValue"/> for none.</param>
    /// <param name="hard">What it can be raised to; <see cref="ulong.MaxValue"/> for none.</param>
    public static ProcessProgram SetRlimit(this ProcessProgram program, Security.ResourceLimit resource, ulong soft, ulong hard)
    {
        ulong* limit = (ulong*)Of(program).Arena.Allocate(2 * sizeof(ulong));
        limit[0] = soft;
        limit[1] = hard;
        return program.Raw($"set the resource limit {Security.ResourceLimits.NameOf(resource)}", SystemCallNumbers.PrLimit, 0, (long)resource, (long)limit, 0);
    }

    /// <summary>Sets the nice value.</summary>
    public static ProcessProgram SetPriority(this ProcessProgram program, int nice) =>
        Of(program).Raw("set the priority", SystemCallNumbers.SetPriority, 0, 0, nice);

    /// <summary>Sets the execution domain, personality(2).</summary>
    public static ProcessProgram SetPersonality(this ProcessProgram program, uint persona) =>
        Of(program).Raw("set the personality", SystemCallNumbers.Personality, persona);

    private static ProcessProgram Of(ProcessProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program;
    }
}
