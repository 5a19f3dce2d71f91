using System.Globalization;

namespace Kata.Linux.Processes;

/// <summary>A line of <c>/proc/self/maps</c>.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="Permissions">As <c>rw-p</c>.</param>
/// <param name="Name">The file, or a word in brackets; empty for anonymous memory.</param>
internal readonly record struct MappedArea(nint Start, nint End, string Permissions, string Name)
{
    /// <summary>Reads the file, in its order. What is malformed is left out.</summary>
    internal static List<MappedArea> Read(string text)
    {
        var areas = new List<MappedArea>();
        foreach (string line in text.Split('\n'))
        {
            // "00a35000-00ca1000 rw-p 00634000 00:01 123   /init"
            string[] fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (fields.Length >= 5
                && fields[0].Split('-') is [{ } low, { } high]
                && nint.TryParse(low, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nint start)
                && nint.TryParse(high, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nint end))
            {
                areas.Add(new MappedArea(start, end, fields[1], fields.Length == 6 ? fields[5] : string.Empty));
            }
        }

        return areas;
    }
}
