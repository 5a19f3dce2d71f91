namespace Kata.Rego.Patterns;

/// <summary>The classes that have names in patterns. They hold ASCII characters only.</summary>
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
