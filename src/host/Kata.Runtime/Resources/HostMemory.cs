using Kata.Primitives;

namespace Kata.Runtime.Resources;

/// <summary>How much memory the host has.</summary>
internal static class HostMemory
{
    /// <summary>MemTotal of <c>/proc/meminfo</c>.</summary>
    public static ByteSize Total()
    {
        foreach (string line in File.ReadLines("/proc/meminfo"))
        {
            if (line.StartsWith("MemTotal:", StringComparison.Ordinal))
            {
                // "MemTotal:       16384000 kB", where kB means KiB.
                return ByteSize.Parse(line["MemTotal:".Length..].Trim().TrimEnd('B'));
            }
        }

        throw new KataException(ErrorCode.Internal, "/proc/meminfo has no MemTotal line");
    }
}
