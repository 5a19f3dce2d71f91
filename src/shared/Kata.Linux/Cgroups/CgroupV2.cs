using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>A group in the hierarchy of version 2.</summary>
internal sealed class CgroupV2 : ICgroup
{
    // Few groups have limits of these, and their files, some for each size of page, are a third of all that the kernel makes for a group.
    private static readonly string[] OnDemand = ["hugetlb", "rdma", "misc"];

    private readonly CgroupDirectory _directory;
    private readonly IEnumerable<string> _controllers;
    private readonly TimeProvider _time;

    internal CgroupV2(string mount, string group, IEnumerable<string> controllers, TimeProvider time)
    {
        _directory = new CgroupDirectory(mount, group);
        _controllers = controllers;
        _time = time;
        Path = group.Length == 0 ? "/" : group;
    }

    public string Path { get; }

    public CgroupVersion Version => CgroupVersion.V2;

    public bool Exists => _directory.Exists;

    public void AddProcess(int pid) => _directory.Write("cgroup.procs", pid);

    public void AddThread(int tid) => _directory.Write("cgroup.threads", tid);

    public IReadOnlyList<int> Processes() => [.. _directory.Processes()];

    // One file instead of the lists of the whole tree. It also counts whoever asks, if he is in here.
    public bool MayHaveProcesses => _directory.ReadTable("cgroup.events").GetValueOrDefault("populated", 1UL) != 0;

    public async Task<int> SignalAllAsync(int signal, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(signal);
        CgroupWaits.RefuseRoot(this);
        if (IsFrozen() || !_directory.Has("cgroup.freeze"))
        {
            return CgroupWaits.Signal(Processes(), signal);
        }

        try
        {
            await FreezeAsync(TimeSpan.FromMilliseconds(500), cancellationToken).ConfigureAwait(false);
        }
        catch (KataException error) when (error.Code is ErrorCode.DeadlineExceeded)
        {
            // One that does not stop (in an uninterruptible wait) must not save the others.
        }

        try
        {
            return CgroupWaits.Signal(Processes(), signal);
        }
        finally
        {
            _directory.TryWrite("cgroup.freeze", "0");
        }
    }

    public Task KillAllAsync(TimeSpan deadline, CancellationToken cancellationToken) =>
        CgroupWaits.KillAllAsync(this, KillOnceAsync, deadline, _time, cancellationToken);

    public async Task FreezeAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        CgroupWaits.RefuseRoot(this);
        RequireFreezer();
        _directory.Write("cgroup.freeze", "1");
        try
        {
            await CgroupWaits.UntilAsync(IsFrozen, deadline, $"freezing cgroup {Path}", _time, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _directory.TryWrite("cgroup.freeze", "0");
            throw;
        }
    }

    public Task ThawAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        RequireFreezer();
        _directory.Write("cgroup.freeze", "0");
        return CgroupWaits.UntilAsync(() => !IsFrozen(), deadline, $"thawing cgroup {Path}", _time, cancellationToken);
    }

    public void Apply(CgroupLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        string[] needed = Array.FindAll(OnDemand, controller => Limits(limits, controller));
        if (needed.Length > 0)
        {
            HandDown(needed, everything: true);
        }

        CgroupV2Limits.Apply(limits, _directory);
    }

    public void ExtendCpus(string onlineCpus)
    {
        foreach (CgroupDirectory directory in _directory.FromRoot().Skip(1))
        {
            // An empty list means "as above", which grows by itself.
            if (!string.IsNullOrWhiteSpace(directory.TryRead("cpuset.cpus")))
            {
                directory.Write("cpuset.cpus", onlineCpus);
            }
        }
    }

    public CgroupStats ReadStats() => CgroupV2Stats.Read(_directory);

    public ulong MemoryLimit
    {
        get
        {
            ulong least = ulong.MaxValue;
            foreach (CgroupDirectory directory in _directory.FromRoot())
            {
                if (directory.TryRead("memory.max") is { } limit)
                {
                    least = Math.Min(least, CgroupText.Number(limit));
                }
            }

            return least;
        }
    }

    public IDisposable WatchOom(Action report)
    {
        try
        {
            return new CgroupV2OomWatch(_directory, report);
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            throw KataException.Unsupported($"cgroup {Path} has no memory controller to watch");
        }
    }

    public Task DeleteAsync(TimeSpan deadline, CancellationToken cancellationToken) =>
        CgroupWaits.DeleteAsync(this, [_directory], deadline, _time, cancellationToken);

    /// <summary>Makes the group.</summary>
    /// <param name="everything">Whether with the controllers too that <see cref="Apply"/> hands down when there is a limit for them.</param>
    internal void Create(bool everything)
    {
        _directory.Make();
        HandDown(_controllers, everything);
    }

    private static bool Limits(CgroupLimits limits, string controller) =>
        (controller is "hugetlb" && limits.HugePages.Count > 0)
        || (controller is "rdma" && limits.Rdma.Count > 0)
        || limits.Unified.Keys.Any(file => file.StartsWith($"{controller}.", StringComparison.Ordinal));

    /// <summary>Sees to it that controllers are available in the group, as far as they can be.</summary>
    private void HandDown(IEnumerable<string> wanted, bool everything)
    {
        string here = _directory.TryRead("cgroup.controllers") ?? string.Empty;
        string[] missing = [.. wanted.Where(name => !HasWord(here, name) && (everything || !OnDemand.Contains(name, StringComparer.Ordinal)))];
        if (missing.Length == 0)
        {
            return; // as always but for the first group of a directory
        }

        CgroupDirectory? above = null;
        foreach (CgroupDirectory step in _directory.FromRoot())
        {
            if (above is not null)
            {
                Enable(above, missing);
            }

            above = step;
        }
    }

    private static void Enable(CgroupDirectory directory, string[] wanted)
    {
        string there = directory.TryRead("cgroup.controllers") ?? string.Empty;
        string enabled = directory.TryRead("cgroup.subtree_control") ?? string.Empty;
        string[] missing = Array.FindAll(wanted, name => HasWord(there, name) && !HasWord(enabled, name));
        if (missing.Length > 0 && !TryEnable(directory, missing))
        {
            foreach (string name in missing)
            {
                _ = TryEnable(directory, [name]);
            }
        }
    }

    private static bool TryEnable(CgroupDirectory directory, string[] names)
    {
        try
        {
            return directory.TryWrite("cgroup.subtree_control", string.Join(' ', names.Select(name => $"+{name}")));
        }
        catch (LinuxException error) when (error.Errno is Errno.EBUSY or Errno.EINVAL or Errno.EOPNOTSUPP or Errno.EACCES)
        {
            // Not for us to hand out: a group with processes of its own, or real-time threads in the way. A limit that needs it will say so.
            return false;
        }
    }

    private static bool HasWord(ReadOnlySpan<char> words, string word)
    {
        foreach (Range range in words.SplitAny(' ', '\n'))
        {
            if (words[range].SequenceEqual(word))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsFrozen() => _directory.ReadTable("cgroup.events").GetValueOrDefault("frozen") == 1;

    private void RequireFreezer()
    {
        if (!_directory.Has("cgroup.freeze"))
        {
            throw KataException.Unsupported($"cgroup {Path} cannot be frozen: it does not exist, or the kernel is older than 5.2");
        }
    }

    private async Task KillOnceAsync()
    {
        // cgroup.kill (Linux 5.14) takes the whole tree at once, forks in progress included.
        if (_directory.TryWrite("cgroup.kill", "1"))
        {
            return;
        }

        await SignalAllAsync(9, CancellationToken.None).ConfigureAwait(false);
        _directory.TryWrite("cgroup.freeze", "0");
    }
}
