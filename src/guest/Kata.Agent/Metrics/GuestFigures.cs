namespace Kata.Agent.Metrics;

/// <summary>What the guest's kernel counts.</summary>
internal static class GuestFigures
{
    // A container with the capability for it can make thousands of interfaces; a reply has a limit.
    private const int MaxNames = 512;
    private const string Item = "item";

    private static readonly string[] CpuTimes =
        ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"];

    private static readonly string[] Disk =
    [
        "reads", "merged", "sectors_read", "time_reading", "writes", "writes_merged", "sectors_written", "time_writing", "in_progress", "time_in_progress",
        "weighted_time_in_progress", "discards", "discards_merged", "sectors_discarded", "time_discarding", "flushes", "time_flushing",
    ];

    private static readonly string[] Network =
    [
        "recv_bytes", "recv_packets", "recv_errs", "recv_drop", "recv_fifo", "recv_frame", "recv_compressed", "recv_multicast",
        "sent_bytes", "sent_packets", "sent_errs", "sent_drop", "sent_fifo", "sent_colls", "sent_carrier", "sent_compressed",
    ];

    /// <summary>Writes <c>kata_guest_load</c> and <c>kata_guest_tasks</c> from the content of /proc/loadavg.</summary>
    public static void AddLoad(PrometheusText text, string load)
    {
        string[] words = load.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        text.Begin("kata_guest_load", "gauge", "Load averages of the guest.");
        text.Add(Item, "load1", ProcText.Number(words, 0)).Add(Item, "load5", ProcText.Number(words, 1)).Add(Item, "load15", ProcText.Number(words, 2));
        string[] tasks = words.Length > 3 ? words[3].Split('/') : [];
        text.Begin("kata_guest_tasks", "gauge", "Tasks of the guest: those that can run now, and all.");
        text.Add(Item, "cur", ProcText.Number(tasks, 0)).Add(Item, "max", ProcText.Number(tasks, 1));
    }

    /// <summary>Writes <c>kata_guest_cpu_time</c> from the content of /proc/stat.</summary>
    public static void AddProcessors(PrometheusText text, string stat)
    {
        text.Begin("kata_guest_cpu_time", "gauge", "Processor times of the guest, in ticks of 10 ms.");
        foreach (string[] words in ProcText.Lines(stat))
        {
            if (!words[0].StartsWith("cpu", StringComparison.Ordinal))
            {
                continue;
            }

            string cpu = words[0].Length == 3 ? "total" : words[0][3..];
            for (int i = 0; i < CpuTimes.Length; i++)
            {
                text.Add("cpu", cpu, Item, CpuTimes[i], ProcText.Number(words, i + 1));
            }
        }
    }

    /// <summary>When the machine started, in seconds since 1970, from the content of /proc/stat.</summary>
    public static double BootTime(string stat) => ProcText.Pairs(stat).GetValueOrDefault("btime");

    /// <summary>Writes <c>kata_guest_vm_stat</c> from the content of /proc/vmstat.</summary>
    public static void AddVirtualMemory(PrometheusText text, string vmstat)
    {
        text.Begin("kata_guest_vm_stat", "gauge", "Counters of the guest's memory management.");
        foreach ((string key, double value) in ProcText.Pairs(vmstat))
        {
            text.Add(Item, key, value);
        }
    }

    /// <summary>Writes <c>kata_guest_netdev_stat</c> from the content of /proc/net/dev.</summary>
    public static void AddNetwork(PrometheusText text, string devices)
    {
        text.Begin("kata_guest_netdev_stat", "gauge", "Traffic of the guest's network interfaces.");
        int count = 0;
        foreach (string line in devices.Split('\n'))
        {
            // Two lines of headings have no colon.
            int colon = line.LastIndexOf(':');
            if (colon > 0 && count++ < MaxNames)
            {
                AddAll(text, "interface", line[..colon].Trim(), Network, line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }
    }

    /// <summary>Writes <c>kata_guest_diskstat</c> from the content of /proc/diskstats.</summary>
    public static void AddDisks(PrometheusText text, string disks)
    {
        const int Before = 3; // major, minor, name
        text.Begin("kata_guest_diskstat", "gauge", "Traffic of the guest's block devices; times in ms, sectors of 512 bytes.");
        foreach (string[] words in ProcText.Lines(disks).Where(words => words.Length > Before).Take(MaxNames))
        {
            AddAll(text, "disk", words[2], Disk, words.AsSpan(Before));
        }
    }

    private static void AddAll(PrometheusText text, string label, string name, string[] items, ReadOnlySpan<string> values)
    {
        for (int i = 0; i < items.Length; i++)
        {
            text.Add(label, name, Item, items[i], ProcText.Number(values, i));
        }
    }
}
