using System.Globalization;

namespace Kata.Rego.Patterns;

/// <summary>Parses patterns as RE2 and Rust's regex have them: without back references and look-around. <see cref="FormatException"/>: it is none.</summary>
internal sealed class PatternParser(string text)
{
    private const int MaxRepeat = 1000;
    private const int MaxDepth = 50;

    private int _at;
    private int _depth;
    private bool _ignoreCase;
    private bool _dotMatchesNewLine;
    private bool _lines;

    /// <summary>How many groups are remembered.</summary>
    public int Groups { get; private set; }

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
        while (!AtEnd && Current is not ('|' or ')'))
        {
            PatternNode? part = Atom();
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
        while (!AtEnd && Current is '*' or '+' or '?' or '{')
        {
            (int least, int? most) = Counts();
            bool lazy = !AtEnd && Current == '?';
            _at += lazy ? 1 : 0;
            part = new PatternNode.Repeat(part, least, most, !lazy);
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

    private PatternNode? Atom()
    {
        char c = text[_at++];
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                return new PatternNode.One(Cased(new ClassParser(text, _at).Parse(out _at)));
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

    private PatternNode Escape()
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

        if (NamedClasses.ByLetter(Current) is { } named)
        {
            _at++;
            return new PatternNode.One(named);
        }

        int rune = Runes.Escaped(text, ref _at);
        return new PatternNode.One(Cased(RuneClass.Of([(rune, rune)])));
    }

    private RuneClass Cased(RuneClass characters) => _ignoreCase ? characters.WithBothCases() : characters;

    // Null: flags for what follows, no part of their own.
    private PatternNode? Group()
    {
        (bool ignoreCase, bool dot, bool lines) = (_ignoreCase, _dotMatchesNewLine, _lines);
        int? number = null;
        if (!AtEnd && Current == '?')
        {
            _at++;
            if (Name())
            {
                number = ++Groups;
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
        (_ignoreCase, _dotMatchesNewLine, _lines) = (ignoreCase, dot, lines);
        return number is { } group ? new PatternNode.Group(part, group) : part;
    }

    private bool Name()
    {
        int start = text.AsSpan(_at) switch
        {
            ['P', '<', ..] => _at + 2,
            ['<', not ('=' or '!'), ..] => _at + 1,
            _ => -1,
        };
        if (start < 0)
        {
            return false;
        }

        int end = text.IndexOf('>', start);
        if (end <= start || !text[start..end].All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            throw new FormatException("a group with a bad name");
        }

        _at = end + 1;
        return true;
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
                default:
                    throw new FormatException("an unknown flag, or a look-around");
            }
        }

        throw new FormatException("a '(' without ')'");
    }
}
