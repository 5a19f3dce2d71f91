using Kata.Rego.Patterns;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions of path patterns such as <c>*.example.com</c>. They are matched by the same machine as regular expressions.</summary>
internal static class Globs
{
    private const int MaxDelimiters = 16;

    public static readonly Builtin[] All =
    [
        new("glob.match", 3, Match),
        new("glob.quote_meta", 1, static (c, a) => a[0] is RegoString text ? c.Text(Quoted(text.Value)) : null),
    ];

    private static string Quoted(string text) =>
        string.Concat(text.Select(c => "*?\\[]{}".Contains(c, StringComparison.Ordinal) ? $"\\{c}" : c.ToString()));

    private static RegoValue? Match(BuiltinContext context, RegoValue[] arguments)
    {
        if (arguments[0] is not RegoString pattern || Delimiters(arguments[1]) is not { } delimiters || arguments[2] is not RegoString text)
        {
            return null;
        }

        Pattern? parsed = context.Glob(pattern.Value, delimiters);
        return parsed is null ? null : RegoValue.Of(parsed.Find(text.Value, 0, context.Budget) is not null);
    }

    // Without any, the dot is one; null means that there are none.
    private static string? Delimiters(RegoValue value)
    {
        if (value.Kind == RegoKind.Null)
        {
            return string.Empty;
        }

        if (value is not RegoArray { Items.Count: <= MaxDelimiters } array || !array.Items.All(item => item is RegoString { Value: { Length: 1 } text } && !char.IsSurrogate(text[0])))
        {
            return null;
        }

        return array.Items.Count == 0 ? "." : string.Concat(array.Items.Select(item => ((RegoString)item).Value));
    }
}
