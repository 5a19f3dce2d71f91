using System.Globalization;

namespace Kata.Linux.Cgroups;

/// <summary>The formats of files in cgroup directories.</summary>
internal static class CgroupText
{
    private const int MaxLines = 100_000;

    /// <summary>A number; <c>max</c> is the largest; anything else 0.</summary>
    internal static ulong Number(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text is "max")
        {
            return ulong.MaxValue;
        }

        // -1 stands for "unlimited" in some files of v1.
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : text is "-1" ? ulong.MaxValue : 0;
    }

    /// <summary>Lines of a name and a number. What is malformed is left out.</summary>
    internal static Dictionary<string, ulong> Table(string text)
    {
        var table = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int blank = line.IndexOf(' ');
            if (blank > 0 && table.Count < MaxLines)
            {
                table[line[..blank].ToString()] = Number(line[(blank + 1)..]);
            }
        }

        return table;
    }
}
