using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kata.Agent.Metrics;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Metrics;

public sealed partial class AgentMetricsTests
{
    public static readonly string[] Names =
    [
        "kata_agent_scrape_count", "kata_agent_threads", "kata_agent_total_time", "kata_agent_total_vm", "kata_agent_total_rss", "kata_agent_io_stat",
        "kata_agent_proc_stat", "kata_agent_proc_status", "kata_guest_load", "kata_guest_tasks", "kata_guest_cpu_time", "kata_guest_vm_stat",
        "kata_guest_netdev_stat", "kata_guest_meminfo", "kata_guest_filesystem_bytes", "kata_guest_filesystem_inodes", "process_cpu_seconds_total",
        "process_open_fds", "process_max_fds", "process_virtual_memory_bytes", "process_resident_memory_bytes", "process_start_time_seconds", "process_threads",
    ];

    [Fact]
    public void Read_ThisMachine_HasEveryMetricInTheRightForm()
    {
        var metrics = new AgentMetrics(NullLogger.Instance);
        metrics.Read();

        string text = metrics.Read();

        foreach (string name in Names)
        {
            string type = name.EndsWith("_total", StringComparison.Ordinal) || name.EndsWith("scrape_count", StringComparison.Ordinal) ? "counter" : "gauge";
            Assert.Contains($"# TYPE {name} {type}\n", text, StringComparison.Ordinal);
        }

        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            Assert.True(line.StartsWith("# ", StringComparison.Ordinal) || SamplePattern().IsMatch(line), line);
        }

        Assert.Contains("kata_agent_scrape_count 2\n", text, StringComparison.Ordinal);
        Assert.True(Value(text, "kata_agent_threads") > 1);
        Assert.True(Value(text, "process_open_fds") > 2);
        Assert.True(Value(text, "process_max_fds") > 10);
        Assert.InRange(Value(text, "kata_agent_total_rss"), 1 << 20, 1L << 34);
        Assert.InRange(Value(text, "process_start_time_seconds"), DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 3600, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 5);
        Assert.True(Value(text, "kata_guest_meminfo{item=\"mem_total\"}") > 1 << 24);
        Assert.True(Value(text, "kata_guest_cpu_time{cpu=\"total\",item=\"user\"}") > 0);
        Assert.Contains("kata_guest_netdev_stat{interface=\"lo\",item=\"recv_bytes\"}", text, StringComparison.Ordinal);
        Assert.Equal(18, text.Split("kata_agent_proc_status{").Length - 1);
        Assert.Equal(54, text.Split("kata_guest_meminfo{").Length - 1);
    }

    [Fact]
    public void AddDisks_FullAndOldLine_HaveAllItems()
    {
        var text = new PrometheusText();
        GuestFigures.AddDisks(text, "   8  0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n 8 1 sda1 1 2 3 4 5 6 7 8 9 10 11\n");

        Assert.Contains("kata_guest_diskstat{disk=\"sda\",item=\"time_flushing\"} 17\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("kata_guest_diskstat{disk=\"sda1\",item=\"weighted_time_in_progress\"} 11\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("kata_guest_diskstat{disk=\"sda1\",item=\"flushes\"} 0\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AddNetwork_HostileNames_AreEscapedAndBounded()
    {
        var devices = new StringBuilder("Inter-|   Receive\n face |bytes\n  a\"b\\\\c: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
        for (int i = 0; i < 5000; i++)
        {
            devices.Append(CultureInfo.InvariantCulture, $" v{i}: 1 2\n");
        }

        var text = new PrometheusText();
        GuestFigures.AddNetwork(text, devices.ToString());

        Assert.Contains("{interface=\"a\\\"b\\\\\\\\c\",item=\"sent_compressed\"} 16\n", text.ToString(), StringComparison.Ordinal);
        Assert.InRange(text.ToString().Length, 1, 1 << 20);
    }

    [Fact]
    public void Parsers_RandomText_NeverThrow()
    {
        var random = new Random(9);
        const string Alphabet = "cpu 019:.-/\n\tbtime()kB";
        for (int i = 0; i < 20_000; i++)
        {
            string input = new(random.GetItems<char>(Alphabet, random.Next(60)));
            var text = new PrometheusText();
            GuestFigures.AddLoad(text, input);
            GuestFigures.AddProcessors(text, input);
            GuestFigures.AddVirtualMemory(text, input);
            GuestFigures.AddNetwork(text, input);
            GuestFigures.AddDisks(text, input);
            MemoryFigures.Add(text, input);
            ProcessFigures.AddStat(text, input, GuestFigures.BootTime(input));
            ProcessFigures.AddStatus(text, input);
            ProcessFigures.AddInputOutput(text, input);
        }
    }

    private static double Value(string text, string sample)
    {
        int start = text.IndexOf($"\n{sample} ", StringComparison.Ordinal) + sample.Length + 2;
        return double.Parse(text.AsSpan(start, text.IndexOf('\n', start) - start), CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("""^[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? -?[0-9.E+]+$""")]
    private static partial Regex SamplePattern();
}
