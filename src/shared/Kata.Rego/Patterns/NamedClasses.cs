namespace Kata.Rego.Patterns;

/// <summary>The classes that have names in patterns. Those of one letter and those in brackets hold ASCII characters only, as in RE2.</summary>
internal static class NamedClasses
{
    private static readonly (int From, int To)[] DigitRanges = [('0', '9')];
    private static readonly (int From, int To)[] WordRanges = [('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_')];
    private static readonly (int From, int To)[] SpaceRanges = [('\t', '\n'), ('\f', '\r'), (' ', ' ')];

    /// <summary>The class of <c>\d \w \s</c>, or of their opposites in upper case; null for another letter.</summary>
    public static RuneClass? ByLetter(char letter) => letter switch
    {
        'd' => RuneClass.Of(DigitRanges),
        'w' => RuneClass.Of(WordRanges),
        's' => RuneClass.Of(SpaceRanges),
        'D' or 'W' or 'S' => ByLetter(char.ToLowerInvariant(letter))!.Others(),
        _ => null,
    };

    /// <summary>The class of <c>\pL</c>, <c>\p{Name}</c>, <c>\p{^Name}</c>, or of their opposites with <c>\P</c>.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="at">At the letter p; moved behind the name.</param>
    /// <param name="ignoreCase">Whether the class has its characters in all cases.</param>
    /// <exception cref="FormatException">There is no such class.</exception>
    public static RuneClass Unicode(string text, ref int at, bool ignoreCase)
    {
        bool opposite = text[at++] == 'P';
        bool braces = at < text.Length && text[at] == '{';
        int start = braces ? at + 1 : at;
        int end = braces ? text.IndexOf('}', at) : Math.Min(at + 1, text.Length);
        if (braces && start < text.Length && text[start] == '^')
        {
            opposite = !opposite;
            start++;
        }

        RuneClass named = (end > start ? UnicodeClasses.ByName(text[start..end]) : null) ?? throw new FormatException("'\\p' without the name of a class");
        at = braces ? end + 1 : end;
        named = ignoreCase ? named.WithBothCases() : named;
        return opposite ? named.Others() : named;
    }

    /// <summary>The class of <c>[:name:]</c>; null for an unknown name.</summary>
    public static RuneClass? ByName(string name) => name switch
    {
        "alnum" => RuneClass.Of([('0', '9'), ('A', 'Z'), ('a', 'z')]),
        "alpha" => RuneClass.Of([('A', 'Z'), ('a', 'z')]),
        "ascii" => RuneClass.Of([(0, 127)]),
        "blank" => RuneClass.Of([('\t', '\t'), (' ', ' ')]),
        "cntrl" => RuneClass.Of([(0, 31), (127, 127)]),
        "digit" => ByLetter('d'),
        "graph" => RuneClass.Of([('!', '~')]),
        "lower" => RuneClass.Of([('a', 'z')]),
        "print" => RuneClass.Of([(' ', '~')]),
        "punct" => RuneClass.Of([('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
        "space" => RuneClass.Of([('\t', '\r'), (' ', ' ')]),
        "upper" => RuneClass.Of([('A', 'Z')]),
        "word" => ByLetter('w'),
        "xdigit" => RuneClass.Of([('0', '9'), ('A', 'F'), ('a', 'f')]),
        _ => null,
    };
}
