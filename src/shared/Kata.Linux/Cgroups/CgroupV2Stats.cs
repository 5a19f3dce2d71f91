namespace Kata.Linux.Cgroups;

/// <summary>Reads the accounts of version 2.</summary>
internal static class CgroupV2Stats
{
    private const ulong NanosecondsPerMicrosecond = 1000;
    private const string CurrentSuffix = ".current";

    internal static CgroupStats Read(CgroupDirectory directory)
    {
        ulong maxProcesses = directory.ReadNumber("pids.max");
        return new CgroupStats
        {
            Cpu = ReadCpu(directory),
            Memory = ReadMemory(directory),
            Processes = directory.ReadNumber("pids.current"),
            MaxProcesses = maxProcesses == ulong.MaxValue ? 0 : maxProcesses,
            BlockIo = ReadBlockIo(directory),
            HugePages = ReadHugePages(directory),
        };
    }

    private static CpuStats ReadCpu(CgroupDirectory directory)
    {
        IReadOnlyDictionary<string, ulong> stat = directory.ReadTable("cpu.stat");
        ulong Nanoseconds(string name) => stat.GetValueOrDefault(name) * NanosecondsPerMicrosecond;
        return new CpuStats
        {
            Total = Nanoseconds("usage_usec"),
            User = Nanoseconds("user_usec"),
            Kernel = Nanoseconds("system_usec"),
            Periods = stat.GetValueOrDefault("nr_periods"),
            ThrottledPeriods = stat.GetValueOrDefault("nr_throttled"),
            ThrottledTime = Nanoseconds("throttled_usec"),
        };
    }

    private static MemoryStats ReadMemory(CgroupDirectory directory)
    {
        IReadOnlyDictionary<string, ulong> details = directory.ReadTable("memory.stat");
        IReadOnlyDictionary<string, ulong> events = directory.ReadTable("memory.events");
        IReadOnlyDictionary<string, ulong> swapEvents = directory.ReadTable("memory.swap.events");
        return new MemoryStats
        {
            Memory = new MemoryUsage(
                directory.ReadNumber("memory.current"),
                directory.ReadNumber("memory.peak"),
                events.GetValueOrDefault("max"),
                directory.ReadNumber("memory.max")),
            Swap = new MemoryUsage(
                directory.ReadNumber("memory.swap.current"),
                directory.ReadNumber("memory.swap.peak"),
                swapEvents.GetValueOrDefault("max"),
                directory.ReadNumber("memory.swap.max")),
            Cache = details.GetValueOrDefault("file"),
            UseHierarchy = true,
            OomKills = events.GetValueOrDefault("oom_kill"),
            Details = details,
        };
    }

    private static BlockIoStats ReadBlockIo(CgroupDirectory directory)
    {
        List<BlockIoEntry> entries = BlockIoText.ParseV2(directory.TryRead("io.stat") ?? string.Empty);

        // Upstream's guests report every counter of io.stat in the list of bytes.
        return new BlockIoStats { ServiceBytes = entries };
    }

    private static Dictionary<string, MemoryUsage> ReadHugePages(CgroupDirectory directory)
    {
        var pages = new Dictionary<string, MemoryUsage>(StringComparer.Ordinal);
        foreach (string size in HugePageSizes.Of(directory, CurrentSuffix))
        {
            pages[size] = new MemoryUsage(
                directory.ReadNumber($"hugetlb.{size}{CurrentSuffix}"),
                Peak: 0,
                directory.ReadTable($"hugetlb.{size}.events").GetValueOrDefault("max"),
                directory.ReadNumber($"hugetlb.{size}.max"));
        }

        return pages;
    }
}
