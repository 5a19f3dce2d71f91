using Kata.Rego.Patterns;
using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions of regular expressions.</summary>
internal static class RegexFunctions
{
    public static readonly Builtin[] All =
    [
        new("regex.match", 2, Matches),
        new("re_match", 2, Matches),
        new("regex.is_valid", 1, static (c, a) => RegoValue.Of(a[0] is RegoString text && c.Pattern(text.Value) is not null)),
        new("regex.find_n", 3, static (c, a) => Found(c, a) is { } all ? c.Array([.. all.Select(found => c.Text(found[0]))]) : null),
        new("regex.find_all_string_submatch_n", 3, static (c, a) => Found(c, a) is { } all ? c.Array([.. all.Select(c.Texts)]) : null),
        new("regex.replace", 3, Replace),
        new("regex.split", 2, Split),
    ];

    /// <summary>Refuses a pattern that is written down and is none: it would never match, which nobody means.</summary>
    /// <exception cref="Primitives.KataException">Unsupported: the pattern is not understood.</exception>
    /// <param name="function">The function.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="patterns">Where patterns are kept.</param>
    /// <param name="room">How much all patterns that are written down may still come to.</param>
    public static void RefuseBadPattern(string function, IReadOnlyList<Expression> arguments, PatternCache patterns, ref int room)
    {
        int at = function == "regex.replace" ? 1 : 0;
        if (function is "regex.is_valid" || !All.Any(known => known.Name == function)
            || arguments[at] is not Constant { Value: RegoString text } || patterns.TryGet(new PatternKey(text.Value, null), out _))
        {
            return;
        }

        Pattern pattern = Pattern.TryParse(text.Value, out int size)
            ?? throw arguments[at].At.NotUnderstood($"the pattern '{Primitives.Printable.Escape(text.Value, 80)}'");
        room -= size;
        if (room < 0)
        {
            throw arguments[at].At.Wrong("patterns that are too large taken together");
        }

        patterns.Add(new PatternKey(text.Value, null), pattern, size);
    }

    private static RegoValue? Matches(BuiltinContext context, RegoValue[] arguments) =>
        (arguments[0], arguments[1]) is (RegoString pattern, RegoString text) && context.Pattern(pattern.Value) is { } parsed
            ? RegoValue.Of(parsed.Find(text.Value, 0, context.Budget) is not null)
            : null;

    private static List<string[]>? Found(BuiltinContext context, RegoValue[] arguments)
    {
        if (arguments[0] is not RegoString pattern || arguments[1] is not RegoString text
            || arguments[2] is not RegoNumber most || !most.TryInt32(out int limit)
            || context.Pattern(pattern.Value) is not { } parsed)
        {
            return null;
        }

        var all = new List<string[]>();
        foreach (int[] found in Find(context, parsed, text.Value, limit < 0 ? int.MaxValue : limit))
        {
            var groups = new string[found.Length / 2];
            for (int i = 0; i < groups.Length; i++)
            {
                groups[i] = found[2 * i] < 0 ? string.Empty : text.Value[found[2 * i]..found[(2 * i) + 1]];
            }

            all.Add(groups);
        }

        return all;
    }

    private static IEnumerable<int[]> Find(BuiltinContext context, Pattern pattern, string text, int limit)
    {
        int at = 0;
        int last = -1;
        for (int count = 0; count < limit && at <= text.Length && pattern.Find(text, at, context.Budget) is { } found;)
        {
            // Nothing, found just behind a match, is no match of its own.
            if (found[1] > found[0] || found[0] != last)
            {
                count++;
                last = found[1];
                yield return found;
            }

            at = found[1] > found[0] ? found[1] : found[1] + (found[1] < text.Length && char.IsHighSurrogate(text[found[1]]) ? 2 : 1);
        }
    }

    private static RegoValue? Replace(BuiltinContext context, RegoValue[] arguments)
    {
        if (arguments[0] is not RegoString text || arguments[1] is not RegoString pattern || arguments[2] is not RegoString other
            || context.Pattern(pattern.Value) is not { } parsed)
        {
            return null;
        }

        var result = new System.Text.StringBuilder();
        int from = 0;
        foreach (int[] found in Find(context, parsed, text.Value, int.MaxValue))
        {
            context.Budget.Text(16L + other.Value.Length);
            string piece = ReplacementText.Expand(context, other.Value, parsed, found, text.Value);
            result.Append(text.Value, from, found[0] - from).Append(piece);
            from = found[1];
        }

        return context.Text(result.Append(text.Value, from, text.Value.Length - from).ToString());
    }

    private static RegoValue? Split(BuiltinContext context, RegoValue[] arguments)
    {
        if (arguments[0] is not RegoString pattern || arguments[1] is not RegoString text || context.Pattern(pattern.Value) is not { } parsed)
        {
            return null;
        }

        var pieces = new List<string>();
        int from = 0;
        int end = 0;
        foreach (int[] found in Find(context, parsed, text.Value, int.MaxValue))
        {
            // Nothing, found at the very beginning, splits nothing off.
            end = found[0];
            if (found[1] > 0)
            {
                pieces.Add(text.Value[from..end]);
            }

            from = found[1];
        }

        if (end != text.Value.Length || text.Value.Length == 0)
        {
            pieces.Add(text.Value[from..]);
        }

        return context.Texts(pieces);
    }
}
