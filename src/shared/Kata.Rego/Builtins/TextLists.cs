using System.Text;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions of several texts at once.</summary>
internal static class TextLists
{
    public static readonly Builtin[] All =
    [
        new("strings.any_prefix_match", 2, static (c, a) => Any(c, a, static (text, part) => text.StartsWith(part, StringComparison.Ordinal))),
        new("strings.any_suffix_match", 2, static (c, a) => Any(c, a, static (text, part) => text.EndsWith(part, StringComparison.Ordinal))),
        new("strings.replace_n", 2, static (c, a) => (a[0], a[1]) is (RegoObject changes, RegoString text) ? Replace(c, changes, text.Value) : null),
        new("indexof_n", 2, static (c, a) => (a[0], a[1]) is (RegoString text, RegoString part) && part.Value.Length > 0 ? Places(c, text, part.Value) : null),
    ];

    private static RegoValue? Any(BuiltinContext context, RegoValue[] arguments, Func<string, string, bool> fits)
    {
        if (Texts(arguments[0]) is not { } texts || Texts(arguments[1]) is not { } parts)
        {
            return null;
        }

        context.Budget.Steps(1 + ((long)texts.Count * parts.Count) + arguments[0].Weight + (texts.Count * arguments[1].Weight));
        return RegoValue.Of(texts.Any(text => parts.Any(part => fits(text, part))));
    }

    private static List<string>? Texts(RegoValue value)
    {
        if (value is RegoString text)
        {
            return [text.Value];
        }

        return Collections.Items(value) is { } items && items.All(item => item is RegoString) ? [.. items.Select(item => ((RegoString)item).Value)] : null;
    }

    // At each place the first key that fits, in their order, is replaced; what was put in is not looked at again.
    private static RegoValue? Replace(BuiltinContext context, RegoObject changes, string text)
    {
        if (!changes.Keys.Concat(changes.Values).All(value => value is RegoString))
        {
            return null;
        }

        string[] keys = [.. changes.Keys.Select(key => ((RegoString)key).Value)];
        var result = new StringBuilder();
        context.Budget.Steps(1 + ((long)text.Length * Math.Max(1, changes.Weight)));
        for (int at = 0; at < text.Length;)
        {
            int change = Array.FindIndex(keys, key => key.Length > 0 && string.CompareOrdinal(text, at, key, 0, key.Length) == 0);
            if (change < 0)
            {
                result.Append(text[at++]);
                continue;
            }

            string other = ((RegoString)changes.Values[change]).Value;
            context.Budget.Text(other.Length);
            result.Append(other);
            at += keys[change].Length;
        }

        return context.Text(result.ToString());
    }

    private static RegoValue Places(BuiltinContext context, RegoString text, string part)
    {
        context.Budget.Steps(text.Value.Length * (1L + Math.Min(16, part.Length / 16)));
        var places = new List<RegoValue>();
        int characters = 0;
        for (int from = 0; text.Value.IndexOf(part, from, StringComparison.Ordinal) is var at and >= 0;)
        {
            characters += text.Value[from..at].EnumerateRunes().Count();
            context.Budget.Cells(1);
            places.Add(RegoValue.Of((long)characters));
            int next = at + (char.IsHighSurrogate(text.Value[at]) && at + 1 < text.Value.Length ? 2 : 1);
            characters++;
            from = next;
        }

        return context.Array(places);
    }
}
