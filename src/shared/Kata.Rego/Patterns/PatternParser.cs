using System.Globalization;

namespace Kata.Rego.Patterns;

/// <summary>Parses patterns as RE2 and Rust's regex have them: without back references and look-around. <see cref="FormatException"/>: it is none.</summary>
internal sealed class PatternParser(string text)
{
    private const int MaxRepeat = 1000;
    private const int MaxDepth = 50;
    private const int MaxRanges = 20_000;

    private int _at;
    private int _depth;
    private bool _ignoreCase;
    private bool _dotMatchesNewLine;
    private bool _lines;
    private bool _lazyFirst;
    private bool _quotes;

    /// <summary>How many groups are remembered.</summary>
    public int Groups { get; private set; }

    /// <summary>How many ranges its classes have.</summary>
    public int Ranges { get; private set; }

    /// <summary>The groups that have names.</summary>
    public Dictionary<string, int> Names { get; } = new(StringComparer.Ordinal);

    private bool AtEnd => _at >= text.Length;

    private char Current => text[_at];

    public PatternNode Parse()
    {
        PatternNode node = Choice();
        return AtEnd ? node : throw new FormatException("a ')' without '('");
    }

    private PatternNode Choice()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException("groups nest too deep");
        }

        var parts = new List<PatternNode> { Sequence() };
        while (!AtEnd && Current == '|')
        {
            _at++;
            parts.Add(Sequence());
        }

        _depth--;
        return parts.Count == 1 ? parts[0] : new PatternNode.Choice(parts);
    }

    private PatternNode.Sequence Sequence()
    {
        var parts = new List<PatternNode>();
        while (!AtEnd && (_quotes || Current is not ('|' or ')')))
        {
            PatternNode? part = _quotes ? Quoted() : Atom();
            if (part is not null)
            {
                parts.Add(Repeated(part));
            }
        }

        return new PatternNode.Sequence(parts);
    }

    private PatternNode Repeated(PatternNode part)
    {
        int stacked = 0;
        while (!_quotes && !AtEnd && Current is '*' or '+' or '?' or '{')
        {
            (int least, int? most) = Counts();
            bool other = !AtEnd && Current == '?';
            _at += other ? 1 : 0;
            part = new PatternNode.Repeat(part, least, most, Greedy: other == _lazyFirst);
            if (++stacked > 4)
            {
                throw new FormatException("too many repetitions of one part");
            }
        }

        return part;
    }

    private (int Least, int? Most) Counts()
    {
        switch (text[_at++])
        {
            case '*':
                return (0, null);
            case '+':
                return (1, null);
            case '?':
                return (0, 1);
            default:
                int end = text.IndexOf('}', _at);
                string[] counts = end < 0 ? [] : text[_at..end].Split(',');
                int least = counts.Length is 1 or 2 ? Count(counts[0]) : throw new FormatException("a '{' that counts nothing");
                int? most = counts.Length == 1 ? least : counts[1].Length == 0 ? null : Count(counts[1]);
                _at = end + 1;
                return most < least ? throw new FormatException("a repetition whose most is less than its least") : (least, most);
        }
    }

    private static int Count(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= MaxRepeat
            ? count
            : throw new FormatException("a repetition without a count, or with one above 1000");

    // Null: no part of its own.
    private PatternNode? Atom()
    {
        char c = text[_at++];
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                return One(new ClassParser(text, _at, _ignoreCase).Parse(out _at));
            case '.':
                return new PatternNode.One(RuneClass.Of(_dotMatchesNewLine ? [] : [('\n', '\n')]).Others());
            case '^':
                return new PatternNode.Place(_lines ? PlaceKind.LineStart : PlaceKind.TextStart);
            case '$':
                return new PatternNode.Place(_lines ? PlaceKind.LineEnd : PlaceKind.TextEnd);
            case '\\':
                return Escape();
            case '*' or '+' or '?' or '{':
                throw new FormatException("a repetition of nothing");
            default:
                _at--;
                int rune = Runes.At(text, _at, out int length);
                _at += length;
                return new PatternNode.One(Cased(RuneClass.Of([(rune, rune)])));
        }
    }

    private PatternNode? Escape()
    {
        if (AtEnd)
        {
            throw new FormatException("a '\\' at the end");
        }

        PlaceKind? place = Current switch
        {
            'A' => PlaceKind.TextStart,
            'z' => PlaceKind.TextEnd,
            'b' => PlaceKind.WordEdge,
            'B' => PlaceKind.NoWordEdge,
            _ => null,
        };
        if (place is { } kind)
        {
            _at++;
            return new PatternNode.Place(kind);
        }

        if (Current is 'p' or 'P')
        {
            return One(NamedClasses.Unicode(text, ref _at, _ignoreCase));
        }

        if (Current == 'Q')
        {
            _at++;
            _quotes = true;
            return null;
        }

        if (NamedClasses.ByLetter(Current) is { } named)
        {
            _at++;
            return new PatternNode.One(named);
        }

        int rune = Runes.Escaped(text, ref _at);
        return new PatternNode.One(Cased(RuneClass.Of([(rune, rune)])));
    }

    // Between \Q and \E, or the end of the pattern, characters are what they are. Null at \E.
    private PatternNode.One? Quoted()
    {
        if (TryEndQuote())
        {
            return null;
        }

        int rune = Runes.At(text, _at, out int length);
        _at += length;
        TryEndQuote();
        return One(Cased(RuneClass.Of([(rune, rune)])));
    }

    private bool TryEndQuote()
    {
        bool ends = string.CompareOrdinal(text, _at, "\\E", 0, 2) == 0;
        _quotes = !ends;
        _at += ends ? 2 : 0;
        return ends;
    }

    // Classes take memory for each of their ranges.
    private PatternNode.One One(RuneClass characters)
    {
        Ranges += characters.Ranges.Count;
        return Ranges <= MaxRanges ? new PatternNode.One(characters) : throw new FormatException("a pattern that is too large");
    }

    private RuneClass Cased(RuneClass characters) => _ignoreCase ? characters.WithBothCases() : characters;

    // Null: flags for what follows, no part of their own.
    private PatternNode? Group()
    {
        (bool ignoreCase, bool dot, bool lines, bool lazy) = (_ignoreCase, _dotMatchesNewLine, _lines, _lazyFirst);
        int? number = null;
        if (!AtEnd && Current == '?')
        {
            _at++;
            if (Name() is { } name)
            {
                number = ++Groups;
                if (!Names.TryAdd(name, Groups))
                {
                    throw new FormatException("two groups with one name");
                }
            }
            else if (Flags() == ')')
            {
                return null;
            }
        }
        else
        {
            number = ++Groups;
        }

        if (Groups > 100)
        {
            throw new FormatException("more than 100 groups");
        }

        PatternNode part = Choice();
        if (AtEnd)
        {
            throw new FormatException("a '(' without ')'");
        }

        _at++;
        (_ignoreCase, _dotMatchesNewLine, _lines, _lazyFirst) = (ignoreCase, dot, lines, lazy);
        return number is { } group ? new PatternNode.Group(part, group) : part;
    }

    private string? Name()
    {
        int start = text.AsSpan(_at) switch
        {
            ['P', '<', ..] => _at + 2,
            ['<', not ('=' or '!'), ..] => _at + 1,
            _ => -1,
        };
        if (start < 0)
        {
            return null;
        }

        int end = text.IndexOf('>', start);
        if (end <= start || !text[start..end].All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            throw new FormatException("a group with a bad name");
        }

        _at = end + 1;
        return text[start..end];
    }

    private char Flags()
    {
        bool on = true;
        while (!AtEnd)
        {
            char c = text[_at++];
            switch (c)
            {
                case ':' or ')':
                    return c;
                case '-':
                    on = false;
                    break;
                case 'i':
                    _ignoreCase = on;
                    break;
                case 's':
                    _dotMatchesNewLine = on;
                    break;
                case 'm':
                    _lines = on;
                    break;
                case 'U':
                    _lazyFirst = on;
                    break;
                default:
                    throw new FormatException("an unknown flag, or a look-around");
            }
        }

        throw new FormatException("a '(' without ')'");
    }
}
