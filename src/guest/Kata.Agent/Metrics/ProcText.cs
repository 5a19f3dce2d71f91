using System.Globalization;
using System.Text;
using Kata.Linux.Paths;

namespace Kata.Agent.Metrics;

/// <summary>Takes the files of procfs apart. Whatever is missing or malformed is left out or counts as 0.</summary>
internal static class ProcText
{
    private const int MaxFile = 1024 * 1024;

    /// <summary>Reads a file.</summary>
    /// <exception cref="Kata.Linux.LinuxException">ENOENT: this kernel has no such file.</exception>
    public static string Read(string path) => Encoding.UTF8.GetString(BoundedFile.Read(path, MaxFile));

    /// <summary>The blank-separated words of each line.</summary>
    public static IEnumerable<string[]> Lines(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
            {
                yield return words;
            }
        }
    }

    /// <summary>Lines of the form <c>Key: 12 kB</c> by key; of equal keys the first counts.</summary>
    public static Dictionary<string, double> Pairs(string text)
    {
        var pairs = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string[] words in Lines(text))
        {
            if (words.Length >= 2)
            {
                pairs.TryAdd(words[0].TrimEnd(':'), Number(words, 1));
            }
        }

        return pairs;
    }

    /// <summary>A word as a number; 0 if it is none, or missing.</summary>
    public static double Number(ReadOnlySpan<string> words, int index) =>
        index < words.Length && double.TryParse(words[index], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : 0;
}
