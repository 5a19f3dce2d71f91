using System.Text;
using Kata.Primitives;

namespace Kata.Agent.Sandboxes;

/// <summary>The text of the sandbox's resolv.conf.</summary>
internal static class ResolverFile
{
    private const int MaxLines = 1024;

    /// <summary>Joins the lines the host sent.</summary>
    /// <exception cref="KataException">InvalidArgument: too many lines, or a line that is not one.</exception>
    public static byte[] Compose(IReadOnlyList<string> lines)
    {
        if (lines.Count > MaxLines)
        {
            throw KataException.Invalid($"dns has {lines.Count} lines; the most is {MaxLines}");
        }

        var text = new StringBuilder();
        foreach (string line in lines)
        {
            if (line.AsSpan().IndexOfAny('\n', '\0') >= 0)
            {
                throw KataException.Invalid($"dns line '{Printable.Escape(line, 64)}' contains a line break or zero byte");
            }

            text.Append(line).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
