using Kata.Protocols.Agent;

namespace Kata.Shim.Statistics;

/// <summary>What was moved to and from one disk, whichever version of cgroups counted it.</summary>
/// <param name="Major">The disk's major number, in the guest.</param>
/// <param name="Minor">Its minor number.</param>
internal sealed record DiskCounters(ulong Major, ulong Minor)
{
    // The list is the guest's.
    private const int MaxDisks = 4096;

    /// <summary>Bytes read.</summary>
    public ulong ReadBytes { get; private set; }

    /// <summary>Bytes written.</summary>
    public ulong WrittenBytes { get; private set; }

    /// <summary>Bytes discarded.</summary>
    public ulong DiscardedBytes { get; private set; }

    /// <summary>Requests to read.</summary>
    public ulong Reads { get; private set; }

    /// <summary>Requests to write.</summary>
    public ulong Writes { get; private set; }

    /// <summary>Requests to discard.</summary>
    public ulong Discards { get; private set; }

    /// <summary>Reads the lists of the agent. Version 2 has everything in the one of bytes, under names of its own.</summary>
    public static IReadOnlyCollection<DiskCounters> Of(BlkioStats stats)
    {
        var disks = new Dictionary<(ulong Major, ulong Minor), DiskCounters>();
        foreach (BlkioStatsEntry entry in stats.IoServiceBytesRecursive)
        {
            Find(disks, entry)?.AddBytes(entry);
        }

        foreach (BlkioStatsEntry entry in stats.IoServicedRecursive)
        {
            Find(disks, entry)?.AddRequests(entry);
        }

        return disks.Values;
    }

    private static DiskCounters? Find(Dictionary<(ulong Major, ulong Minor), DiskCounters> disks, BlkioStatsEntry entry)
    {
        if (!disks.TryGetValue((entry.Major, entry.Minor), out DiskCounters? disk) && disks.Count < MaxDisks)
        {
            disk = new DiskCounters(entry.Major, entry.Minor);
            disks.Add((entry.Major, entry.Minor), disk);
        }

        return disk;
    }

    private void AddBytes(BlkioStatsEntry entry)
    {
        switch (entry.Op.ToLowerInvariant())
        {
            case "read":
                ReadBytes += entry.Value;
                break;
            case "write":
                WrittenBytes += entry.Value;
                break;
            case "discard" or "dbytes":
                DiscardedBytes += entry.Value;
                break;
            case "rios":
                Reads += entry.Value;
                break;
            case "wios":
                Writes += entry.Value;
                break;
            case "dios":
                Discards += entry.Value;
                break;
            default:
                break; // sums, and counters of other controllers
        }
    }

    private void AddRequests(BlkioStatsEntry entry)
    {
        switch (entry.Op.ToLowerInvariant())
        {
            case "read":
                Reads += entry.Value;
                break;
            case "write":
                Writes += entry.Value;
                break;
            case "discard":
                Discards += entry.Value;
                break;
            default:
                break;
        }
    }
}
