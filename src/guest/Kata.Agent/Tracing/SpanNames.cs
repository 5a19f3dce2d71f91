using System.Text;

namespace Kata.Agent.Tracing;

/// <summary>The names of spans, which are upstream's: methods in small letters.</summary>
internal static class SpanNames
{
    /// <summary>The name for a method; null for one that moves a stream on, or waits for events: there would be no end of them.</summary>
    public static string? Of(string method) => method switch
    {
        "WriteStdin" or "ReadStdout" or "ReadStderr" or "GetOOMEvent" => null,
        "UpdateEphemeralMounts" => "update_mounts",
        "GetIPTables" => "get_iptables",
        "SetIPTables" => "set_iptables",
        _ => Small(method),
    };

    // AddARPNeighbors: add_arp_neighbors. OnlineCPUMem: online_cpu_mem.
    private static string Small(string method)
    {
        var name = new StringBuilder();
        for (int i = 0; i < method.Length; i++)
        {
            bool begins = i > 0 && char.IsAsciiLetterUpper(method[i])
                && (!char.IsAsciiLetterUpper(method[i - 1]) || (i + 1 < method.Length && char.IsAsciiLetterLower(method[i + 1])));
            name.Append(begins ? "_" : string.Empty).Append(char.ToLowerInvariant(method[i]));
        }

        return name.ToString();
    }
}
