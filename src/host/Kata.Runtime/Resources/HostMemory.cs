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
                ReadOnlySpan<char> value = line.AsSpan("MemTotal:".Length).Trim();
                return ByteSize.Parse(value.ToString());
            }
        }

        throw new KataException(ErrorCode.Internal, "/proc/meminfo has no MemTotal line");
    }
}
