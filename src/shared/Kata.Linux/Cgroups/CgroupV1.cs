using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>A group in the hierarchies of version 1.</summary>
internal sealed class CgroupV1 : ICgroup
{
    private static readonly TimeSpan FreezeForSignal = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, CgroupDirectory> _controllers;
    private readonly List<CgroupDirectory> _directories;
    private readonly TimeProvider _time;

    internal CgroupV1(IReadOnlyDictionary<string, string> mounts, string group, TimeProvider time)
    {
        // Controllers that are mounted together share one object.
        Dictionary<string, CgroupDirectory> byMount = mounts.Values.Distinct(StringComparer.Ordinal)
            .ToDictionary(mount => mount, mount => new CgroupDirectory(mount, group), StringComparer.Ordinal);
        _controllers = mounts.ToDictionary(pair => pair.Key, pair => byMount[pair.Value], StringComparer.Ordinal);
        _directories = [.. byMount.Values];
        _time = time;
        Path = group.Length == 0 ? "/" : group;
    }

    public string Path { get; }

    public CgroupVersion Version => CgroupVersion.V1;

    public bool MayHaveProcesses => true;

    public bool Exists => _directories.Exists(d => d.Exists);

    public void AddProcess(int pid)
    {
        foreach (CgroupDirectory directory in _directories)
        {
            directory.Write("cgroup.procs", pid);
        }
    }

    public void AddThread(int tid)
    {
        foreach (CgroupDirectory directory in _directories)
        {
            directory.Write("tasks", tid);
        }
    }

    public IReadOnlyList<int> Processes()
    {
        var pids = new HashSet<int>();
        foreach (CgroupDirectory directory in _directories)
        {
            pids.UnionWith(directory.Processes());
        }

        return [.. pids];
    }

    public async Task<int> SignalAllAsync(int signal, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(signal);
        CgroupWaits.RefuseRoot(this);

        // Whoever froze it wants it to stay frozen.
        if (!_controllers.TryGetValue("freezer", out CgroupDirectory? freezer) || FreezerState(freezer) == "FROZEN")
        {
            return CgroupWaits.Signal(Processes(), signal);
        }

        try
        {
            await TryFreezeAsync(cancellationToken).ConfigureAwait(false);
            return CgroupWaits.Signal(Processes(), signal);
        }
        finally
        {
            freezer.TryWrite("freezer.state", "THAWED");
        }
    }

    public Task KillAllAsync(TimeSpan deadline, CancellationToken cancellationToken) =>
        CgroupWaits.KillAllAsync(this, () => KillOnceAsync(cancellationToken), deadline, _time, cancellationToken);

    public async Task FreezeAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        CgroupWaits.RefuseRoot(this);
        CgroupDirectory freezer = Require("freezer", "pausing");
        freezer.Write("freezer.state", "FROZEN");
        try
        {
            // Reading the state is what makes the kernel look whether all have stopped.
            await CgroupWaits.UntilAsync(() => IsFrozen(freezer), deadline, $"freezing cgroup {Path}", _time, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            freezer.TryWrite("freezer.state", "THAWED");
            throw;
        }
    }

    public Task ThawAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        CgroupDirectory freezer = Require("freezer", "resuming");
        freezer.Write("freezer.state", "THAWED");
        return CgroupWaits.UntilAsync(() => FreezerState(freezer) == "THAWED", deadline, $"thawing cgroup {Path}", _time, cancellationToken);
    }

    public void Apply(CgroupLimits limits) => CgroupV1Limits.Apply(limits, Require);

    public void ExtendCpus(string onlineCpus)
    {
        if (_controllers.TryGetValue("cpuset", out CgroupDirectory? cpuset))
        {
            // The hierarchy's root follows the machine by itself.
            foreach (CgroupDirectory directory in cpuset.FromRoot().Skip(1))
            {
                directory.Write("cpuset.cpus", onlineCpus);
            }
        }
    }

    public CgroupStats ReadStats() => CgroupV1Stats.Read(name => _controllers.GetValueOrDefault(name));

    // Of those above too, if the kernel is told to count by trees, as all are.
    public ulong MemoryLimit => _controllers.TryGetValue("memory", out CgroupDirectory? memory)
        ? memory.ReadTable("memory.stat").GetValueOrDefault("hierarchical_memory_limit", ulong.MaxValue)
        : ulong.MaxValue;

    public IDisposable WatchOom(Action report) => new CgroupV1OomWatch(Require("memory", "watching for lack of memory"), report);

    public Task DeleteAsync(TimeSpan deadline, CancellationToken cancellationToken) =>
        CgroupWaits.DeleteAsync(this, _directories, deadline, _time, cancellationToken);

    internal void Create()
    {
        foreach (CgroupDirectory directory in _directories)
        {
            bool cpuset = _controllers.TryGetValue("cpuset", out CgroupDirectory? set) && ReferenceEquals(set, directory);
            CgroupDirectory? above = null;
            foreach (CgroupDirectory step in directory.FromRoot())
            {
                step.Make();
                if (cpuset && above is not null)
                {
                    InheritSets(above, step);
                }

                above = step;
            }
        }
    }

    /// <summary>A new cpuset is empty and takes no process until it has CPUs and memory nodes.</summary>
    private static void InheritSets(CgroupDirectory from, CgroupDirectory to)
    {
        foreach (string file in (ReadOnlySpan<string>)["cpuset.cpus", "cpuset.mems"])
        {
            if (string.IsNullOrWhiteSpace(to.TryRead(file)) && from.TryRead(file)?.Trim() is { Length: > 0 } value)
            {
                to.Write(file, value);
            }
        }
    }

    private static string FreezerState(CgroupDirectory freezer) => freezer.TryRead("freezer.state")?.Trim() ?? string.Empty;

    private bool IsFrozen(CgroupDirectory freezer) => FreezerState(freezer) switch
    {
        "FROZEN" => true,
        "THAWED" => throw new KataException(ErrorCode.FailedPrecondition, $"cgroup {Path} was thawed, or its processes were killed, while it was being frozen"),
        _ => false,
    };

    private CgroupDirectory Require(string controller, string purpose) => _controllers.TryGetValue(controller, out CgroupDirectory? directory)
        ? directory
        : throw KataException.Unsupported($"{purpose} needs the cgroup controller '{controller}', which is not mounted");

    private async Task KillOnceAsync(CancellationToken cancellationToken)
    {
        if (_controllers.TryGetValue("freezer", out CgroupDirectory? freezer))
        {
            try
            {
                await TryFreezeAsync(cancellationToken).ConfigureAwait(false);
                CgroupWaits.KillListed(this);
            }
            finally
            {
                // A frozen process dies only after it thaws.
                freezer.TryWrite("freezer.state", "THAWED");
            }
        }
        else
        {
            CgroupWaits.KillListed(this);
        }
    }

    private async Task TryFreezeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FreezeAsync(FreezeForSignal, cancellationToken).ConfigureAwait(false);
        }
        catch (KataException error) when (error.Code is ErrorCode.DeadlineExceeded or ErrorCode.NotFound or ErrorCode.FailedPrecondition)
        {
            // One that does not stop (in an uninterruptible wait) must not save the others; nor must someone who thaws the group meanwhile.
        }
    }
}
