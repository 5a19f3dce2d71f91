using Kata.Linux.Mounts;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Metrics;

/// <summary>The metrics of agent and guest. Nothing is counted or kept between two calls but their number. Safe for concurrent use.</summary>
internal sealed partial class AgentMetrics(ILogger logger)
{
    private long _scrapes;

    /// <summary>All of them, as Prometheus text.</summary>
    public string Read()
    {
        var text = new PrometheusText();
        text.Begin("kata_agent_scrape_count", "counter", "How often the metrics were asked for.").Add(Interlocked.Increment(ref _scrapes));
        AddAgent(text);
        AddGuest(text);
        return text.ToString();
    }

    private void AddAgent(PrometheusText text)
    {
        Try("/proc/self/stat", stat => ProcessFigures.AddStat(text, stat, GuestFigures.BootTime(ProcText.Read("/proc/stat"))));
        Try("/proc/self/status", status => ProcessFigures.AddStatus(text, status));
        Try("/proc/self/io", io => ProcessFigures.AddInputOutput(text, io));
        Try("/proc/self/limits", limits => ProcessFigures.AddDescriptors(text, limits));
    }

    private void AddGuest(PrometheusText text)
    {
        Try("/proc/loadavg", load => GuestFigures.AddLoad(text, load));
        Try("/proc/stat", stat => GuestFigures.AddProcessors(text, stat));
        Try("/proc/vmstat", vmstat => GuestFigures.AddVirtualMemory(text, vmstat));
        Try("/proc/net/dev", devices => GuestFigures.AddNetwork(text, devices));
        Try("/proc/diskstats", disks => GuestFigures.AddDisks(text, disks));
        Try("/proc/meminfo", meminfo => MemoryFigures.Add(text, meminfo));
        Try("/proc/self/mountinfo", _ => FileSystemFigures.Add(text, MountInfo.Read()));
    }

    /// <summary>A part that this kernel cannot tell is no reason to tell nothing.</summary>
    private void Try(string file, Action<string> add)
    {
        try
        {
            add(ProcText.Read(file));
        }
        catch (KataException error)
        {
            LogLeftOut(logger, file, error.Message);
        }
    }

    [LoggerMessage(EventId = 870, Level = LogLevel.Debug, Message = "metrics of {File} are left out: {Reason}")]
    private static partial void LogLeftOut(ILogger logger, string file, string reason);
}
