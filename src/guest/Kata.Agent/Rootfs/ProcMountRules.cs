namespace Kata.Agent.Rootfs;

/// <summary>What may be mounted at and below /proc: a container that could replace parts of it would mislead whoever reads it next (CVE-2019-16884).</summary>
internal static class ProcMountRules
{
    // Files that lxcfs and its like replace; they carry no authority.
    private static readonly string[] Replaceable =
        ["/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo", "/proc/net/dev"];

    /// <summary>Whether a clean absolute path is /proc or below it.</summary>
    public static bool Covers(string path) => path == "/proc" || path.StartsWith("/proc/", StringComparison.Ordinal);

    /// <summary>Whether a bind mount may be put over a clean path below /proc.</summary>
    public static bool IsReplaceable(string path) => Array.IndexOf(Replaceable, path) >= 0;

    /// <summary>Takes out double and trailing slashes and '.' components; '..' was refused before.</summary>
    public static string Clean(string path)
    {
        if (IsClean(path))
        {
            return path;
        }

        var parts = new List<string>();
        foreach (string part in path.Split('/'))
        {
            if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }

    // As nearly all are.
    private static bool IsClean(string path)
    {
        if (path.Length < 2 || path[0] != '/')
        {
            return path == "/";
        }

        for (int start = 1; start <= path.Length;)
        {
            int slash = path.AsSpan(start).IndexOf('/');
            ReadOnlySpan<char> part = slash < 0 ? path.AsSpan(start) : path.AsSpan(start, slash);
            if (part is "" or ".")
            {
                return false;
            }

            start += part.Length + 1;
        }

        return true;
    }
}
