using Google.Protobuf.Collections;
using Kata.Protocols.Agent;

namespace Kata.Shim.Statistics;

/// <summary>
/// The memory counters of a guest by the names of either version of cgroups. Both versions count the same things; what only one of them has is 0 under the
/// other's name.
/// </summary>
internal sealed class GuestCounters
{
    // Version 1's "no limit": the largest number of whole pages.
    private const ulong Unlimited = long.MaxValue - 4095;

    // Version 2's name, version 1's for the group and for the group with those below it.
    private static readonly (string Second, string First)[] Names =
    [
        ("anon", "rss"), ("file", "cache"), ("file_mapped", "mapped_file"), ("file_dirty", "dirty"), ("file_writeback", "writeback"), ("anon_thp", "rss_huge"),
        ("pgfault", "pgfault"), ("pgmajfault", "pgmajfault"), ("inactive_anon", "inactive_anon"), ("active_anon", "active_anon"),
        ("inactive_file", "inactive_file"), ("active_file", "active_file"), ("unevictable", "unevictable"), ("shmem", "shmem"),
    ];

    private readonly MapField<string, ulong> _values;
    private readonly MemoryStats _memory;

    /// <summary>Reads the answer of a guest.</summary>
    public GuestCounters(MemoryStats memory)
    {
        _memory = memory;
        _values = memory.Stats;
        IsSecondVersion = _values.ContainsKey("anon");
    }

    /// <summary>Whether the guest counts by cgroup v2: the two versions share no name for anonymous memory.</summary>
    public bool IsSecondVersion { get; }

    /// <summary>A limit as version 1 writes it, whose "no limit" is a smaller number.</summary>
    public static ulong FirstLimit(ulong limit) => Math.Min(limit, Unlimited);

    /// <summary>A limit as version 2 writes it.</summary>
    public static ulong SecondLimit(ulong limit) => limit >= Unlimited ? ulong.MaxValue : limit;

    /// <summary>A counter by version 1's name, <c>total_</c> before it or not.</summary>
    public ulong First(string name)
    {
        if (!IsSecondVersion)
        {
            return Value(name);
        }

        const string Total = "total_";
        string bare = name.StartsWith(Total, StringComparison.Ordinal) ? name[Total.Length..] : name;
        return bare switch
        {
            "hierarchical_memory_limit" => FirstLimit(_memory.Usage?.Limit ?? 0),
            "hierarchical_memsw_limit" => BothLimit,
            _ => Value(Array.Find(Names, entry => entry.First == bare).Second ?? string.Empty),
        };
    }

    /// <summary>A counter by version 2's name.</summary>
    public ulong Second(string name)
    {
        if (IsSecondVersion)
        {
            return Value(name);
        }

        string? first = Array.Find(Names, entry => entry.Second == name).First;
        return first is null ? 0 : _values.TryGetValue($"total_{first}", out ulong total) ? total : Value(first);
    }

    /// <summary>Memory.</summary>
    public MemoryData Memory => Entry(_memory.Usage);

    /// <summary>Memory and swap together, as version 1 counts them.</summary>
    public MemoryData MemoryAndSwap
    {
        get
        {
            if (!IsSecondVersion)
            {
                return Entry(_memory.SwapUsage);
            }

            MemoryData memory = Entry(_memory.Usage);
            MemoryData swap = Entry(_memory.SwapUsage);
            ulong usage = Sum(memory.Usage, swap.Usage);
            return new MemoryData { Usage = usage, MaxUsage = Math.Max(usage, memory.MaxUsage), Failcnt = swap.Failcnt, Limit = BothLimit };
        }
    }

    /// <summary>Swap alone, as version 2 counts it.</summary>
    public MemoryData Swap
    {
        get
        {
            MemoryData swap = Entry(_memory.SwapUsage);
            if (IsSecondVersion)
            {
                return swap;
            }

            MemoryData memory = Entry(_memory.Usage);
            return new MemoryData
            {
                Usage = swap.Usage - Math.Min(swap.Usage, memory.Usage),
                Limit = swap.Limit >= Unlimited ? ulong.MaxValue : swap.Limit - Math.Min(swap.Limit, memory.Limit),
                Failcnt = swap.Failcnt,
            };
        }
    }

    private ulong BothLimit => FirstLimit(Sum(_memory.Usage?.Limit ?? 0, _memory.SwapUsage?.Limit ?? 0));

    // The numbers are the guest's: sums stop at the largest.
    private static ulong Sum(ulong one, ulong other) => one > ulong.MaxValue - other ? ulong.MaxValue : one + other;

    private static MemoryData Entry(MemoryData? data) => data ?? new MemoryData();

    private ulong Value(string name) => _values.TryGetValue(name, out ulong value) ? value : 0;
}
