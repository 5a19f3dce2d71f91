using System.Globalization;

namespace Kata.Rego.Patterns;

/// <summary>The classes of <c>\p{Name}</c>: general categories by their short names, scripts by their names. Made when a pattern first asks for one.</summary>
internal static class UnicodeClasses
{
    private static readonly Lazy<Dictionary<string, RuneClass>> Categories = new(MakeCategories);

    /// <summary>The class of a name, which is spelt as RE2 has it: <c>L</c>, <c>Lu</c>, <c>Greek</c>, <c>Any</c>; null for an unknown one.</summary>
    public static RuneClass? ByName(string name) => name switch
    {
        "Any" => RuneClass.Of([(0, RuneClass.Last)]),
        { Length: 1 or 2 } => Categories.Value.GetValueOrDefault(name),
        _ => Script(name),
    };

    private static Dictionary<string, RuneClass> MakeCategories()
    {
        var ranges = new Dictionary<string, List<(int From, int To)>>(StringComparer.Ordinal);
        string current = string.Empty;
        int start = 0;
        for (int rune = 0; rune <= RuneClass.Last + 1; rune++)
        {
            string name = rune > RuneClass.Last ? string.Empty : Name(CharUnicodeInfo.GetUnicodeCategory(rune));
            if (name == current)
            {
                continue;
            }

            if (current.Length > 0)
            {
                Add(current, start, rune - 1);
                Add(current[..1], start, rune - 1);
            }

            (current, start) = (name, rune);
        }

        return ranges.ToDictionary(pair => pair.Key, pair => RuneClass.Of(pair.Value), StringComparer.Ordinal);

        void Add(string category, int from, int to)
        {
            if (!ranges.TryGetValue(category, out List<(int From, int To)>? list))
            {
                ranges.Add(category, list = []);
            }

            list.Add((from, to));
        }
    }

    // Characters that are not assigned belong to no class, as in RE2.
    private static string Name(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => "Lu",
        UnicodeCategory.LowercaseLetter => "Ll",
        UnicodeCategory.TitlecaseLetter => "Lt",
        UnicodeCategory.ModifierLetter => "Lm",
        UnicodeCategory.OtherLetter => "Lo",
        UnicodeCategory.NonSpacingMark => "Mn",
        UnicodeCategory.SpacingCombiningMark => "Mc",
        UnicodeCategory.EnclosingMark => "Me",
        UnicodeCategory.DecimalDigitNumber => "Nd",
        UnicodeCategory.LetterNumber => "Nl",
        UnicodeCategory.OtherNumber => "No",
        UnicodeCategory.SpaceSeparator => "Zs",
        UnicodeCategory.LineSeparator => "Zl",
        UnicodeCategory.ParagraphSeparator => "Zp",
        UnicodeCategory.Control => "Cc",
        UnicodeCategory.Format => "Cf",
        UnicodeCategory.Surrogate => "Cs",
        UnicodeCategory.PrivateUse => "Co",
        UnicodeCategory.ConnectorPunctuation => "Pc",
        UnicodeCategory.DashPunctuation => "Pd",
        UnicodeCategory.OpenPunctuation => "Ps",
        UnicodeCategory.ClosePunctuation => "Pe",
        UnicodeCategory.InitialQuotePunctuation => "Pi",
        UnicodeCategory.FinalQuotePunctuation => "Pf",
        UnicodeCategory.OtherPunctuation => "Po",
        UnicodeCategory.MathSymbol => "Sm",
        UnicodeCategory.CurrencySymbol => "Sc",
        UnicodeCategory.ModifierSymbol => "Sk",
        UnicodeCategory.OtherSymbol => "So",
        _ => string.Empty,
    };

    private static RuneClass? Script(string name)
    {
        foreach (ReadOnlySpan<char> line in ScriptRanges.Text.AsSpan().EnumerateLines())
        {
            if (line.Length > name.Length && line[name.Length] == ' ' && line.StartsWith(name, StringComparison.Ordinal))
            {
                return Ranges(line[(name.Length + 1)..]);
            }
        }

        return null;
    }

    private static RuneClass Ranges(ReadOnlySpan<char> text)
    {
        var ranges = new List<(int From, int To)>();
        int last = 0;
        foreach (Range part in text.Split(' '))
        {
            ReadOnlySpan<char> range = text[part];
            int dash = range.IndexOf('-');
            int from = last + Number(dash < 0 ? range : range[..dash]);
            last = from + (dash < 0 ? 0 : Number(range[(dash + 1)..]));
            ranges.Add((from, last));
        }

        return RuneClass.Of(ranges);
    }

    private static int Number(ReadOnlySpan<char> digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
