namespace Kata.Rego.Patterns;

/// <summary>
/// Parses path patterns: <c>*</c> and <c>?</c> stop at delimiters, <c>**</c> does not; <c>[a-c]</c>, <c>[!abc]</c>, <c>{one,other}</c>, <c>\</c> before a
/// character that is meant. The whole text has to fit.
/// </summary>
/// <param name="text">The pattern.</param>
/// <param name="delimiters">Characters that part texts.</param>
internal sealed class GlobParser(string text, string delimiters)
{
    private const int MaxDepth = 20;

    private int _at;
    private int _depth;

    /// <summary>The pattern.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public PatternNode Parse()
    {
        PatternNode inner = Sequence();
        return _at == text.Length
            ? new PatternNode.Sequence([new PatternNode.Place(PlaceKind.TextStart), inner, new PatternNode.Place(PlaceKind.TextEnd)])
            : throw new FormatException("a '}' without '{'");
    }

    private PatternNode.Sequence Sequence()
    {
        var parts = new List<PatternNode>();
        while (_at < text.Length && text[_at] != '}' && (_depth == 0 || text[_at] != ','))
        {
            parts.Add(Next());
        }

        return new PatternNode.Sequence(parts);
    }

    private PatternNode Next()
    {
        switch (text[_at])
        {
            case '*':
                bool all = _at + 1 < text.Length && text[_at + 1] == '*';
                while (_at < text.Length && text[_at] == '*')
                {
                    _at++;
                }

                return new PatternNode.Repeat(new PatternNode.One(Any(all ? string.Empty : delimiters)), 0, null, Greedy: true);
            case '?':
                _at++;
                return new PatternNode.One(Any(delimiters));
            case '[':
                _at++;
                return Class();
            case '{':
                return Choice();
            case ']':
                throw new FormatException("a ']' without '['");
            default:
                int rune = One();
                return new PatternNode.One(RuneClass.Of([(rune, rune)]));
        }
    }

    private static RuneClass Any(string without) => RuneClass.Of(without.Select(c => ((int)c, (int)c))).Others();

    private PatternNode.Choice Choice()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException("braces nest too deep");
        }

        var parts = new List<PatternNode>();
        do
        {
            _at++;
            parts.Add(Sequence());
        }
        while (_at < text.Length && text[_at] == ',');
        if (_at == text.Length)
        {
            throw new FormatException("a '{' without '}'");
        }

        _at++;
        _depth--;
        return new PatternNode.Choice(parts);
    }

    // Ranges and single characters; delimiters are in it if it says so.
    private PatternNode.One Class()
    {
        bool opposite = _at < text.Length && text[_at] == '!';
        _at += opposite ? 1 : 0;
        var ranges = new List<(int From, int To)>();
        while (_at < text.Length && text[_at] != ']')
        {
            int from = One();
            int to = from;
            if (_at + 1 < text.Length && text[_at] == '-' && text[_at + 1] != ']')
            {
                _at++;
                to = One();
            }

            ranges.Add(to < from ? throw new FormatException("a range that ends before it begins") : (from, to));
        }

        if (_at == text.Length || ranges.Count == 0)
        {
            throw new FormatException("a '[' without characters and ']'");
        }

        _at++;
        RuneClass characters = RuneClass.Of(ranges);
        return new PatternNode.One(opposite ? characters.Others() : characters);
    }

    private int One()
    {
        _at += text[_at] == '\\' ? 1 : 0;
        if (_at == text.Length)
        {
            throw new FormatException("a '\\' at the end");
        }

        int rune = Runes.At(text, _at, out int length);
        _at += length;
        return rune;
    }
}
