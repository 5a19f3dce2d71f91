namespace Kata.Rego.Patterns;

/// <summary>Parses a class in brackets, from behind its opening bracket.</summary>
/// <param name="text">The pattern.</param>
/// <param name="start">Behind the bracket.</param>
/// <param name="ignoreCase">Whether the class has its characters in all cases; the opposite of a class is then the opposite of them all.</param>
internal sealed class ClassParser(string text, int start, bool ignoreCase)
{
    private int _at = start;

    /// <summary>The class.</summary>
    /// <param name="end">Behind its closing bracket.</param>
    public RuneClass Parse(out int end)
    {
        bool opposite = Is('^');
        _at += opposite ? 1 : 0;
        var ranges = new List<(int, int)>();
        int first = _at;
        while (!Is(']') || _at == first)
        {
            if (_at >= text.Length)
            {
                throw new FormatException("a '[' without ']'");
            }

            Add(ranges);
        }

        end = _at + 1;
        RuneClass characters = RuneClass.Of(ranges);
        characters = ignoreCase ? characters.WithBothCases() : characters;
        return opposite ? characters.Others() : characters;
    }

    private bool Is(char c) => _at < text.Length && text[_at] == c;

    private void Add(List<(int From, int To)> ranges)
    {
        if (Named() is { } named)
        {
            ranges.AddRange(named.Ranges);
            return;
        }

        int from = One();
        int to = from;
        if (Is('-') && _at + 1 < text.Length && text[_at + 1] != ']')
        {
            _at++;
            to = One();
        }

        ranges.Add(to < from ? throw new FormatException("a range that ends before it begins") : (from, to));
    }

    private RuneClass? Named()
    {
        if (Is('\\') && _at + 1 < text.Length && NamedClasses.ByLetter(text[_at + 1]) is { } letter)
        {
            _at += 2;
            return letter;
        }

        if (Is('\\') && _at + 1 < text.Length && text[_at + 1] is 'p' or 'P')
        {
            _at++;
            return NamedClasses.Unicode(text, ref _at, ignoreCase);
        }

        if (!Is('['))
        {
            return null;
        }

        int end = text.IndexOf(":]", _at, StringComparison.Ordinal);
        bool opposite = end > _at + 2 && text[_at + 2] == '^';
        string name = end > _at + 1 && text[_at + 1] == ':' ? text[(_at + (opposite ? 3 : 2))..end] : string.Empty;
        RuneClass named = NamedClasses.ByName(name) ?? throw new FormatException("a '[' inside of a class; write '\\['");
        _at = end + 2;
        named = ignoreCase ? named.WithBothCases() : named;
        return opposite ? named.Others() : named;
    }

    private int One()
    {
        if (Is('\\'))
        {
            _at++;
            return Runes.Escaped(text, ref _at);
        }

        // Rust reads these as operations between classes.
        if (_at + 1 < text.Length && text[_at] == text[_at + 1] && text[_at] is '&' or '~')
        {
            throw new FormatException("an operation between classes");
        }

        int rune = Runes.At(text, _at, out int length);
        _at += length;
        return rune;
    }
}
