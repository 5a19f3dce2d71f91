namespace Kata.Linux.Cgroups;

/// <summary>Reads the accounts of version 1.</summary>
internal static class CgroupV1Stats
{
    private const ulong NanosecondsPerTick = 10_000_000; // the kernel's USER_HZ is 100 on x86-64 and arm64
    private const string UsageSuffix = ".usage_in_bytes";

    internal static CgroupStats Read(Func<string, CgroupDirectory?> find)
    {
        ulong maxProcesses = find("pids")?.ReadNumber("pids.max") ?? 0;
        return new CgroupStats
        {
            Cpu = ReadCpu(find("cpuacct"), find("cpu")),
            Memory = ReadMemory(find("memory")),
            Processes = find("pids")?.ReadNumber("pids.current") ?? 0,
            MaxProcesses = maxProcesses == ulong.MaxValue ? 0 : maxProcesses,
            BlockIo = ReadBlockIo(find("blkio")),
            HugePages = ReadHugePages(find("hugetlb")),
        };
    }

    private static CpuStats ReadCpu(CgroupDirectory? accounts, CgroupDirectory? cpu)
    {
        IReadOnlyDictionary<string, ulong> ticks = accounts?.ReadTable("cpuacct.stat") ?? new Dictionary<string, ulong>();
        IReadOnlyDictionary<string, ulong> throttling = cpu?.ReadTable("cpu.stat") ?? new Dictionary<string, ulong>();
        string[] processors = (accounts?.TryRead("cpuacct.usage_percpu") ?? string.Empty).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return new CpuStats
        {
            Total = accounts?.ReadNumber("cpuacct.usage") ?? 0,
            User = ticks.GetValueOrDefault("user") * NanosecondsPerTick,
            Kernel = ticks.GetValueOrDefault("system") * NanosecondsPerTick,
            PerProcessor = Array.ConvertAll(processors, text => CgroupText.Number(text)),
            Periods = throttling.GetValueOrDefault("nr_periods"),
            ThrottledPeriods = throttling.GetValueOrDefault("nr_throttled"),
            ThrottledTime = throttling.GetValueOrDefault("throttled_time"),
        };
    }

    private static MemoryStats ReadMemory(CgroupDirectory? directory)
    {
        if (directory is null)
        {
            return new MemoryStats();
        }

        IReadOnlyDictionary<string, ulong> details = directory.ReadTable("memory.stat");
        return new MemoryStats
        {
            Memory = ReadUsage(directory, "memory"),
            Swap = ReadUsage(directory, "memory.memsw"),
            Kernel = ReadUsage(directory, "memory.kmem"),
            KernelTcp = ReadUsage(directory, "memory.kmem.tcp"),
            Cache = details.GetValueOrDefault("cache"),
            UseHierarchy = directory.ReadNumber("memory.use_hierarchy") == 1,
            OomKills = directory.ReadTable("memory.oom_control").GetValueOrDefault("oom_kill"),
            Details = details,
        };
    }

    private static MemoryUsage ReadUsage(CgroupDirectory directory, string prefix) => new(
        directory.ReadNumber($"{prefix}{UsageSuffix}"),
        directory.ReadNumber($"{prefix}.max_usage_in_bytes"),
        directory.ReadNumber($"{prefix}.failcnt"),
        directory.ReadNumber($"{prefix}.limit_in_bytes"));

    private static BlockIoStats ReadBlockIo(CgroupDirectory? directory)
    {
        if (directory is null)
        {
            return new BlockIoStats();
        }

        // With CFQ gone, most kernels count only in the throttling layer; BFQ has its own files.
        List<BlockIoEntry> First(params ReadOnlySpan<string> files)
        {
            foreach (string file in files)
            {
                List<BlockIoEntry> entries = BlockIoText.ParseV1(directory.TryRead($"blkio.{file}") ?? string.Empty);
                if (entries.Count > 0)
                {
                    return entries;
                }
            }

            return [];
        }

        return new BlockIoStats
        {
            ServiceBytes = First(
                "io_service_bytes_recursive", "bfq.io_service_bytes_recursive", "throttle.io_service_bytes_recursive", "throttle.io_service_bytes"),
            Serviced = First("io_serviced_recursive", "bfq.io_serviced_recursive", "throttle.io_serviced_recursive", "throttle.io_serviced"),
            Queued = First("io_queued_recursive", "bfq.io_queued_recursive"),
            ServiceTime = First("io_service_time_recursive", "bfq.io_service_time_recursive"),
            WaitTime = First("io_wait_time_recursive", "bfq.io_wait_time_recursive"),
            Merged = First("io_merged_recursive", "bfq.io_merged_recursive"),
            Time = First("time_recursive", "bfq.time_recursive"),
            Sectors = First("sectors_recursive", "bfq.sectors_recursive"),
        };
    }

    private static Dictionary<string, MemoryUsage> ReadHugePages(CgroupDirectory? directory)
    {
        var pages = new Dictionary<string, MemoryUsage>(StringComparer.Ordinal);
        foreach (string size in HugePageSizes.Of(directory, UsageSuffix))
        {
            pages[size] = ReadUsage(directory!, $"hugetlb.{size}");
        }

        return pages;
    }
}
