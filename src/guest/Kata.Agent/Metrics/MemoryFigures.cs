namespace Kata.Agent.Metrics;

/// <summary>The guest's memory.</summary>
internal static class MemoryFigures
{
    private const double Kibi = 1024;

    private static readonly (string Item, string Key)[] Items =
    [
        ("mem_total", "MemTotal"),
        ("mem_free", "MemFree"),
        ("mem_available", "MemAvailable"),
        ("buffers", "Buffers"),
        ("cached", "Cached"),
        ("swap_cached", "SwapCached"),
        ("active", "Active"),
        ("inactive", "Inactive"),
        ("active_anon", "Active(anon)"),
        ("inactive_anon", "Inactive(anon)"),
        ("active_file", "Active(file)"),
        ("inactive_file", "Inactive(file)"),
        ("unevictable", "Unevictable"),
        ("mlocked", "Mlocked"),
        ("high_total", "HighTotal"),
        ("high_free", "HighFree"),
        ("low_total", "LowTotal"),
        ("low_free", "LowFree"),
        ("mmap_copy", "MmapCopy"),
        ("swap_total", "SwapTotal"),
        ("swap_free", "SwapFree"),
        ("dirty", "Dirty"),
        ("writeback", "Writeback"),
        ("anon_pages", "AnonPages"),
        ("mapped", "Mapped"),
        ("shmem", "Shmem"),
        ("slab", "Slab"),
        ("s_reclaimable", "SReclaimable"),
        ("s_unreclaim", "SUnreclaim"),
        ("kernel_stack", "KernelStack"),
        ("page_tables", "PageTables"),
        ("quicklists", "Quicklists"),
        ("nfs_unstable", "NFS_Unstable"),
        ("bounce", "Bounce"),
        ("writeback_tmp", "WritebackTmp"),
        ("commit_limit", "CommitLimit"),
        ("committed_as", "Committed_AS"),
        ("vmalloc_total", "VmallocTotal"),
        ("vmalloc_used", "VmallocUsed"),
        ("vmalloc_chunk", "VmallocChunk"),
        ("hardware_corrupted", "HardwareCorrupted"),
        ("anon_hugepages", "AnonHugePages"),
        ("shmem_hugepages", "ShmemHugePages"),
        ("shmem_pmd_mapped", "ShmemPmdMapped"),
        ("cma_total", "CmaTotal"),
        ("cma_free", "CmaFree"),
        ("hugepages_total", "HugePages_Total"),
        ("hugepages_free", "HugePages_Free"),
        ("hugepages_rsvd", "HugePages_Rsvd"),
        ("hugepages_surp", "HugePages_Surp"),
        ("hugepagesize", "Hugepagesize"),
        ("hugetlb", "Hugetlb"),
        ("per_cpu", "Percpu"),
        ("k_reclaimable", "KReclaimable"),
    ];

    /// <summary>Writes <c>kata_guest_meminfo</c> from the content of /proc/meminfo: bytes, but numbers of huge pages. What this kernel does not have is 0.</summary>
    public static void Add(PrometheusText text, string meminfo)
    {
        Dictionary<string, double> pairs = ProcText.Pairs(meminfo);
        text.Begin("kata_guest_meminfo", "gauge", "Memory of the guest, in bytes.");
        foreach ((string item, string key) in Items)
        {
            double unit = key.StartsWith("HugePages_", StringComparison.Ordinal) ? 1 : Kibi;
            text.Add("item", item, pairs.GetValueOrDefault(key) * unit);
        }
    }
}
