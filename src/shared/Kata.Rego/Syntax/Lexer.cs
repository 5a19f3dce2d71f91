using System.Globalization;
using System.Text;

namespace Kata.Rego.Syntax;

/// <summary>Cuts the text of a policy into tokens.</summary>
internal sealed class Lexer(string text, RegoLimits limits)
{
    private static readonly string[] Pairs = [":=", "==", "!=", "<=", ">="];

    private int _at;
    private int _line = 1;
    private int _lineStart;
    private int _count;

    private Position Here => new(_line, _at - _lineStart + 1);

    /// <summary>The next token; at the end of the text the same one again and again.</summary>
    public Token Next()
    {
        bool attached = !SkipBlank() && _count > 0;
        Token token = One(attached);
        return ++_count <= limits.MaxTokens || token.Kind == TokenKind.End ? token : throw token.At.Wrong($"more than {limits.MaxTokens} tokens");
    }

    private static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c == '_';

    private bool SkipBlank()
    {
        int start = _at;
        while (_at < text.Length)
        {
            char c = text[_at];
            if (c == '#')
            {
                while (_at < text.Length && text[_at] != '\n')
                {
                    _at++;
                }
            }
            else if (c == '\n')
            {
                NewLine();
            }
            else if (c is ' ' or '\t' or '\r')
            {
                _at++;
            }
            else
            {
                break;
            }
        }

        return _at > start;
    }

    private void NewLine()
    {
        _at++;
        _line++;
        _lineStart = _at;
        if (_line > limits.MaxLines)
        {
            throw Here.Wrong($"more than {limits.MaxLines} lines");
        }
    }

    private Token One(bool attached)
    {
        Position at = Here;
        if (_at >= text.Length)
        {
            return new Token(TokenKind.End, string.Empty, at, attached);
        }

        char c = text[_at];
        if (IsWordStart(c))
        {
            return new Token(TokenKind.Word, Take(static c => IsWordStart(c) || char.IsAsciiDigit(c)), at, attached);
        }

        if (char.IsAsciiDigit(c))
        {
            string digits = Number();
            return digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1])
                ? throw at.Wrong("a number that begins with a needless 0")
                : new Token(TokenKind.Number, digits, at, attached);
        }

        return c switch
        {
            '"' => new Token(TokenKind.String, Quoted(at), at, attached),
            '`' => new Token(TokenKind.String, Raw(at), at, attached),
            _ => new Token(TokenKind.Symbol, Symbol(at), at, attached),
        };
    }

    private string Take(Func<char, bool> belongs)
    {
        int start = _at;
        while (_at < text.Length && belongs(text[_at]))
        {
            _at++;
        }

        return text[start.._at];
    }

    private string Number()
    {
        int start = _at;
        Take(char.IsAsciiDigit);
        if (_at + 1 < text.Length && text[_at] == '.' && char.IsAsciiDigit(text[_at + 1]))
        {
            _at++;
            Take(char.IsAsciiDigit);
        }

        if (_at < text.Length && text[_at] is 'e' or 'E')
        {
            _at++;
            _at += _at < text.Length && text[_at] is '+' or '-' ? 1 : 0;
            Take(char.IsAsciiDigit);
        }

        return text[start.._at];
    }

    private string Symbol(Position at)
    {
        foreach (string pair in Pairs)
        {
            if (string.CompareOrdinal(text, _at, pair, 0, 2) == 0)
            {
                _at += 2;
                return pair;
            }
        }

        char c = text[_at];
        if (!"{}[]().,;:=<>+-*/%&|".Contains(c, StringComparison.Ordinal))
        {
            throw at.Wrong($"'{Primitives.Printable.Escape(c.ToString(), 8)}' is no character of the language");
        }

        _at++;
        return c.ToString();
    }

    private string Raw(Position at)
    {
        int start = ++_at;
        while (_at < text.Length && text[_at] != '`')
        {
            if (text[_at] == '\n')
            {
                NewLine();
            }
            else
            {
                _at++;
            }
        }

        if (_at == text.Length)
        {
            throw at.Wrong("a raw string that does not end");
        }

        return text[start.._at++];
    }

    private string Quoted(Position at)
    {
        var content = new StringBuilder();
        for (_at++; _at < text.Length && text[_at] is not ('"' or '\n'); _at++)
        {
            content.Append(text[_at] == '\\' ? Escape(at) : text[_at]);
        }

        if (_at >= text.Length || text[_at] != '"')
        {
            throw at.Wrong("a string that does not end on its line");
        }

        _at++;
        return content.ToString();
    }

    private char Escape(Position at)
    {
        _at++;
        char c = _at < text.Length ? text[_at] : '\0';
        switch (c)
        {
            case '"' or '\\' or '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u' when _at + 4 < text.Length
                && ushort.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit):
                _at += 4;
                return (char)unit;
            default:
                throw at.Wrong($"a string with '\\{Primitives.Printable.Escape(c.ToString(), 8)}', which is no escape");
        }
    }
}
