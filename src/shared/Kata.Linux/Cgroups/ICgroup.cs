using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>One control group: a set of processes with limits and accounts, in all hierarchies at once where there are several.</summary>
/// <remarks>Members are safe for concurrent use as far as the kernel is. Deadlines that pass throw DeadlineExceeded.</remarks>
public interface ICgroup
{
    /// <summary>Its path from the root of the hierarchies: <c>/kata/abc</c>.</summary>
    string Path { get; }

    /// <summary>Which interface serves it.</summary>
    CgroupVersion Version { get; }

    /// <summary>Whether it exists, in at least one hierarchy.</summary>
    bool Exists { get; }

    /// <summary>Moves a process with all its threads here.</summary>
    /// <param name="pid">The process; 0 is the caller.</param>
    /// <exception cref="LinuxException">ESRCH: no such process. EBUSY: it has child groups with controllers (v2).</exception>
    void AddProcess(int pid);

    /// <summary>Moves a single thread here.</summary>
    /// <param name="tid">The thread; 0 is the caller.</param>
    /// <exception cref="LinuxException">EOPNOTSUPP: the group is not threaded (v2).</exception>
    void AddThread(int tid);

    /// <summary>The processes, those of child groups included.</summary>
    /// <exception cref="KataException">ResourceExhausted: more than any kernel runs.</exception>
    IReadOnlyList<int> Processes();

    /// <summary>False if there is certainly no process, here and in child groups. Quicker than <see cref="Processes"/> where the kernel keeps count (v2).</summary>
    bool MayHaveProcesses { get; }

    /// <summary>Sends a signal to every process here and in child groups. None can escape by forking meanwhile, where there is a freezer.</summary>
    /// <param name="signal">1 to 64.</param>
    /// <param name="cancellationToken">Gives up waiting for the freezer; the group is thawed again.</param>
    /// <returns>Number of processes that got it.</returns>
    Task<int> SignalAllAsync(int signal, CancellationToken cancellationToken);

    /// <summary>Kills every process here and in child groups, frozen ones too, and waits until none is left.</summary>
    /// <param name="deadline">Time allowed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">DeadlineExceeded: some are left.</exception>
    Task KillAllAsync(TimeSpan deadline, CancellationToken cancellationToken);

    /// <summary>Stops every process here and in child groups. Returns when all have stopped.</summary>
    /// <param name="deadline">Time allowed. If it passes, they run again.</param>
    /// <param name="cancellationToken">Gives up; they run again.</param>
    /// <exception cref="KataException">DeadlineExceeded. Unsupported: there is no freezer.</exception>
    Task FreezeAsync(TimeSpan deadline, CancellationToken cancellationToken);

    /// <summary>Lets them run again.</summary>
    /// <inheritdoc cref="FreezeAsync"/>
    Task ThawAsync(TimeSpan deadline, CancellationToken cancellationToken);

    /// <summary>Sets limits. What is null stays as it is.</summary>
    /// <exception cref="KataException">InvalidArgument: a limit is malformed. Unsupported: the kernel lacks the controller for it.</exception>
    /// <exception cref="LinuxException">The kernel refused a value; the message names file and value.</exception>
    void Apply(CgroupLimits limits);

    /// <summary>Gives the group and all above it the CPUs that are there, so that a cpuset made before a hotplug can grow.</summary>
    /// <param name="onlineCpus">A list: <c>0-3,8</c>.</param>
    void ExtendCpus(string onlineCpus);

    /// <summary>What was used so far. Accounts that the kernel does not keep are 0 or empty.</summary>
    CgroupStats ReadStats();

    /// <summary>The least limit on memory of this group and those above it, in bytes; <see cref="ulong.MaxValue"/> without one.</summary>
    ulong MemoryLimit { get; }

    /// <summary>Begins to watch for processes killed for lack of memory, until what it returns is disposed.</summary>
    /// <param name="report">Called for each kill, or for some at once; on another thread, which it must not hold up, and it must not throw.</param>
    /// <exception cref="KataException">Unsupported: there is no memory controller.</exception>
    IDisposable WatchOom(Action report);

    /// <summary>Removes the group and its child groups. No error if there is none.</summary>
    /// <param name="deadline">Time allowed for the kernel to let go of processes that have just ended.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">DeadlineExceeded: there still are processes.</exception>
    Task DeleteAsync(TimeSpan deadline, CancellationToken cancellationToken);
}
