using Kata.Linux.Paths;

namespace Kata.Agent.Metrics;

/// <summary>What the agent itself uses.</summary>
internal static class ProcessFigures
{
    private const double TicksPerSecond = 100; // the kernel's interface to programs, whatever it counts in
    private const string Item = "item";

    // Positions in /proc/…/stat, counted from the state, which comes after the name and its parentheses.
    private const int UserTime = 11;
    private const int SystemTime = 12;
    private const int Threads = 17;
    private const int StartTime = 19;
    private const int VirtualSize = 20;
    private const int ResidentPages = 21;

    private static readonly string[] Times = ["utime", "stime", "cutime", "cstime"];
    private static readonly string[] Status =
    [
        "VmPeak", "VmSize", "VmLck", "VmPin", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmData", "VmStk", "VmExe", "VmLib", "VmPTE", "VmSwap",
        "HugetlbPages", "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches",
    ];

    private static readonly string[] InputOutput =
        ["rchar", "wchar", "syscr", "syscw", "read_bytes", "write_bytes", "cancelled_write_bytes"];

    /// <summary>Writes <c>kata_agent_*</c> and <c>process_*</c> that come from the process's stat.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="stat">The content of /proc/self/stat.</param>
    /// <param name="bootTime">When the machine started, in seconds since 1970.</param>
    public static void AddStat(PrometheusText text, string stat, double bootTime)
    {
        string[] words = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double seconds = (ProcText.Number(words, UserTime) + ProcText.Number(words, SystemTime)) / TicksPerSecond;
        double resident = ProcText.Number(words, ResidentPages) * Environment.SystemPageSize;
        double size = ProcText.Number(words, VirtualSize);
        double threads = ProcText.Number(words, Threads);
        text.Begin("kata_agent_threads", "gauge", "Threads of the agent.").Add(threads);
        text.Begin("kata_agent_total_time", "gauge", "Processor time the agent used, in seconds.").Add(seconds);
        text.Begin("kata_agent_total_vm", "gauge", "Address space of the agent, in bytes.").Add(size);
        text.Begin("kata_agent_total_rss", "gauge", "Memory of the agent that is resident, in bytes.").Add(resident);
        text.Begin("kata_agent_proc_stat", "gauge", "Times of the agent's process, in ticks of 10 ms.");
        for (int i = 0; i < Times.Length; i++)
        {
            text.Add(Item, Times[i], ProcText.Number(words, UserTime + i));
        }

        text.Begin("process_cpu_seconds_total", "counter", "Processor time the process used, in seconds.").Add(seconds);
        text.Begin("process_threads", "gauge", "Threads of the process.").Add(threads);
        text.Begin("process_virtual_memory_bytes", "gauge", "Address space of the process, in bytes.").Add(size);
        text.Begin("process_resident_memory_bytes", "gauge", "Memory of the process that is resident, in bytes.").Add(resident);
        text.Begin("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.")
            .Add(bootTime + Math.Floor(ProcText.Number(words, StartTime) / TicksPerSecond));
    }

    /// <summary>Writes <c>kata_agent_proc_status</c> from the content of /proc/self/status. Sizes are in KiB.</summary>
    public static void AddStatus(PrometheusText text, string status)
    {
        Dictionary<string, double> pairs = ProcText.Pairs(status);
        text.Begin("kata_agent_proc_status", "gauge", "Status of the agent's process; sizes in KiB.");
        foreach (string key in Status)
        {
            text.Add(Item, key.ToLowerInvariant(), pairs.GetValueOrDefault(key));
        }
    }

    /// <summary>Writes <c>kata_agent_io_stat</c> from the content of /proc/self/io.</summary>
    public static void AddInputOutput(PrometheusText text, string io)
    {
        Dictionary<string, double> pairs = ProcText.Pairs(io);
        text.Begin("kata_agent_io_stat", "gauge", "Bytes and calls that the agent read and wrote.");
        foreach (string key in InputOutput)
        {
            text.Add(Item, key, pairs.GetValueOrDefault(key));
        }
    }

    /// <summary>Writes the two metrics of descriptors.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="limits">The content of /proc/self/limits.</param>
    public static void AddDescriptors(PrometheusText text, string limits)
    {
        using Kata.Linux.Fd directory = Kata.Linux.Fd.Open("/proc/self/fd", Kata.Linux.OpenFlags.ReadOnly | Kata.Linux.OpenFlagsPerArchitecture.Directory);
        text.Begin("process_open_fds", "gauge", "Open descriptors of the process.").Add(DirectoryReader.Read(directory).Count - 1);
        string[] words = ProcText.Lines(limits).FirstOrDefault(line => line.Length > 3 && line[1] == "open" && line[2] == "files") ?? [];
        text.Begin("process_max_fds", "gauge", "The most descriptors the process can have.").Add(ProcText.Number(words, 3));
    }
}
