using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions of texts.</summary>
internal static class Texts
{
    public static readonly Builtin[] All =
    [
        Test("startswith", static (text, part) => text.StartsWith(part, StringComparison.Ordinal)),
        Test("endswith", static (text, part) => text.EndsWith(part, StringComparison.Ordinal)),
        Test("contains", static (text, part) => text.Contains(part, StringComparison.Ordinal)),
        Change("lower", static text => text.ToLowerInvariant()),
        Change("upper", static text => text.ToUpperInvariant()),
        Change("trim_space", static text => text.Trim()),
        Change("strings.reverse", static text => string.Concat(text.EnumerateRunes().Reverse().Select(rune => rune.ToString()))),
        Change("trim", static (text, set) => set.Length == 0 ? text : text.Trim(set.ToCharArray())),
        Change("trim_left", static (text, set) => set.Length == 0 ? text : text.TrimStart(set.ToCharArray())),
        Change("trim_right", static (text, set) => set.Length == 0 ? text : text.TrimEnd(set.ToCharArray())),
        Change("trim_prefix", static (text, part) => text.StartsWith(part, StringComparison.Ordinal) ? text[part.Length..] : text),
        Change("trim_suffix", static (text, part) => text.EndsWith(part, StringComparison.Ordinal) ? text[..^part.Length] : text),
        new("concat", 2, Concat),
        new("split", 2, Split),
        new("replace", 3, Replace),
        new("substring", 3, Substring),
        new("indexof", 2, static (c, a) => Two(c, a) is var (text, part) && part.Length > 0 ? IndexOf(text, part) : null),
        new("strings.count", 2, static (c, a) => Two(c, a) is var (text, part) ? Count(text, part) : null),
        new("format_int", 2, FormatInteger),
        new("sprintf", 2, static (c, a) => (a[0], a[1]) is (RegoString format, RegoArray values) ? TextFormat.Apply(c, format.Value, values.Items) : null),
    ];

    private static Builtin Test(string name, Func<string, string, bool> test) =>
        new(name, 2, (c, a) => Two(c, a) is var (text, part) ? RegoValue.Of(test(text, part)) : null);

    private static Builtin Change(string name, Func<string, string> change) => new(name, 1, (c, a) => a[0] is RegoString text ? c.Text(change(text.Value)) : null);

    private static Builtin Change(string name, Func<string, string, string> change) =>
        new(name, 2, (c, a) => Two(c, a) is var (text, part) ? c.Text(change(text, part)) : null);

    private static (string First, string Second)? Two(BuiltinContext context, RegoValue[] arguments)
    {
        if (arguments[0] is not RegoString first || arguments[1] is not RegoString second)
        {
            return null;
        }

        // Searching is charged as if each place of the text were compared with a piece of the part.
        context.Budget.Steps(first.Weight + second.Weight + (first.Weight * Math.Min(second.Weight, 16)));
        return (first.Value, second.Value);
    }

    private static RegoValue? Concat(BuiltinContext context, RegoValue[] arguments)
    {
        if (arguments[0] is not RegoString separator || Collections.Items(arguments[1]) is not { } items || !items.All(item => item is RegoString))
        {
            return null;
        }

        context.Budget.Text(items.Sum(item => (long)((RegoString)item).Value.Length + separator.Value.Length));
        return new RegoString(string.Join(separator.Value, items.Select(item => ((RegoString)item).Value)));
    }

    private static RegoValue? Split(BuiltinContext context, RegoValue[] arguments)
    {
        if (Two(context, arguments) is not var (text, separator))
        {
            return null;
        }

        context.Budget.Text(text.Length);
        return separator.Length == 0
            ? context.Texts(text.EnumerateRunes().Select(rune => rune.ToString()))
            : context.Texts(text.Split(separator));
    }

    private static RegoValue? Replace(BuiltinContext context, RegoValue[] arguments)
    {
        if (Two(context, arguments) is not var (text, old) || arguments[2] is not RegoString other)
        {
            return null;
        }

        if (old.Length == 0)
        {
            // The empty text is found before each character and behind the last one.
            context.Budget.Text((1L + text.Length) * (1L + other.Value.Length));
            return new RegoString(string.Concat(text.EnumerateRunes().Select(rune => other.Value + rune)) + other.Value);
        }

        long longest = other.Value.Length <= old.Length ? text.Length : (long)text.Length / old.Length * (other.Value.Length - old.Length) + text.Length;
        context.Budget.Text(longest);
        return new RegoString(text.Replace(old, other.Value, StringComparison.Ordinal));
    }

    // Offsets count characters, of which some are two units of a .NET string.
    private static RegoValue? Substring(BuiltinContext context, RegoValue[] arguments)
    {
        if (arguments[0] is not RegoString text
            || arguments[1] is not RegoNumber from || !from.TryInt32(out int start) || start < 0
            || arguments[2] is not RegoNumber size || !size.TryInt32(out int length))
        {
            return null;
        }

        context.Budget.Text(text.Value.Length);
        IEnumerable<System.Text.Rune> rest = text.Value.EnumerateRunes().Skip(start);
        return new RegoString(string.Concat((length < 0 ? rest : rest.Take(length)).Select(rune => rune.ToString())));
    }

    // The empty text is found before each character and behind the last one.
    private static RegoValue Count(string text, string part) => RegoValue.Of(part.Length == 0
        ? text.EnumerateRunes().Count() + 1
        : (text.Length - text.Replace(part, string.Empty, StringComparison.Ordinal).Length) / part.Length);

    private static RegoValue IndexOf(string text, string part)
    {
        int at = text.IndexOf(part, StringComparison.Ordinal);
        return RegoValue.Of(at < 0 ? -1 : text[..at].EnumerateRunes().Count());
    }

    private static RegoValue? FormatInteger(BuiltinContext context, RegoValue[] arguments)
    {
        if (arguments[0] is not RegoNumber number || arguments[1] is not RegoNumber numberBase || !numberBase.TryInt32(out int radix))
        {
            return null;
        }

        Int128 whole = number.IsInteger ? number.Integer : (Int128)Math.Truncate(Math.Clamp(number.Real, -1e37, 1e37));
        return radix is 2 or 8 or 10 or 16 ? context.Text(TextFormat.Digits(whole, radix)) : null;
    }
}
