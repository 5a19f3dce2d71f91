using System.Globalization;
using System.Text;
using Kata.Rego.Patterns;

namespace Kata.Rego.Builtins;

/// <summary>The new text of <c>regex.replace</c>, in which <c>$1</c>, <c>$name</c> and <c>${name}</c> are what groups found and <c>$$</c> is a dollar.</summary>
internal static class ReplacementText
{
    /// <summary>The text for one match; a group that is not there, or took no part, stands for nothing.</summary>
    public static string Expand(BuiltinContext context, string template, Pattern pattern, int[] found, string text)
    {
        if (!template.Contains('$', StringComparison.Ordinal))
        {
            return template;
        }

        var expanded = new StringBuilder();
        for (int at = 0; at < template.Length;)
        {
            if (template[at] != '$')
            {
                expanded.Append(template[at++]);
            }
            else if (at + 1 < template.Length && template[at + 1] == '$')
            {
                expanded.Append('$');
                at += 2;
            }
            else if (Name(template, at + 1, out int end) is { } name)
            {
                ReadOnlySpan<char> group = Group(name, pattern, found, text);
                context.Budget.Text(group.Length);
                expanded.Append(group);
                at = end;
            }
            else
            {
                expanded.Append(template[at++]); // a dollar before anything else is one
            }
        }

        return expanded.ToString();
    }

    private static string? Name(string template, int start, out int end)
    {
        bool braces = start < template.Length && template[start] == '{';
        int first = braces ? start + 1 : start;
        end = first;
        while (end < template.Length && (char.IsLetterOrDigit(template[end]) || template[end] == '_'))
        {
            end++;
        }

        if (end == first || (braces && (end == template.Length || template[end] != '}')))
        {
            return null;
        }

        string name = template[first..end];
        end += braces ? 1 : 0;
        return name;
    }

    private static ReadOnlySpan<char> Group(string name, Pattern pattern, int[] found, string text)
    {
        bool isNumber = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        if ((!isNumber && !pattern.Names.TryGetValue(name, out number)) || number >= found.Length / 2 || found[2 * number] < 0)
        {
            return default;
        }

        return text.AsSpan(found[2 * number], found[(2 * number) + 1] - found[2 * number]);
    }
}
