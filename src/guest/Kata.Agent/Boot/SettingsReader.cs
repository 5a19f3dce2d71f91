using System.Globalization;
using System.Text;
using Kata.Primitives;

namespace Kata.Agent.Boot;

/// <summary>Reads the words of a <see cref="SettingsFile"/>.</summary>
internal ref struct SettingsReader(string text)
{
    private const int MaxItems = 256;

    private readonly string _text = text;
    private int _at;
    private int _line = 1;

    /// <summary>An error at the present line.</summary>
    public readonly KataException Wrong(string what) => KataException.Invalid($"line {_line}: {what}");

    /// <summary>Goes to the next line with something on it. False at the end.</summary>
    public bool SkipToContent()
    {
        while (_at < _text.Length)
        {
            SkipBlanks();
            if (_at < _text.Length && _text[_at] == '#')
            {
                SkipComment();
            }

            if (_at < _text.Length && _text[_at] is not ('\n' or '\r'))
            {
                return true;
            }

            NextLine();
        }

        return false;
    }

    /// <summary>Skips blanks and tabs.</summary>
    public void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t')
        {
            _at++;
        }
    }

    /// <summary>Takes a character if it is next.</summary>
    public bool TryTake(char wanted)
    {
        if (_at >= _text.Length || _text[_at] != wanted)
        {
            return false;
        }

        _at++;
        return true;
    }

    /// <summary>Takes a character, after blanks.</summary>
    public void Require(char wanted)
    {
        SkipBlanks();
        if (!TryTake(wanted))
        {
            throw Wrong($"'{wanted}' is expected{Found()}");
        }
    }

    /// <summary>Sees to it that nothing but a comment follows on the line.</summary>
    public void RequireEndOfLine()
    {
        SkipBlanks();
        if (_at < _text.Length && _text[_at] == '#')
        {
            SkipComment();
        }

        if (_at < _text.Length && _text[_at] is not ('\n' or '\r'))
        {
            throw Wrong($"the end of the line is expected{Found()}");
        }
    }

    /// <summary>Takes a name of letters, digits, dashes and underscores.</summary>
    public string TakeKey()
    {
        SkipBlanks();
        bool quoted = TryTake('"');
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or '-'))
        {
            _at++;
        }

        string key = _text[start.._at];
        return key.Length > 0 && (!quoted || TryTake('"')) ? key : throw Wrong($"a name is expected{Found()}");
    }

    /// <summary>Takes a value: string, number, boolean or array of strings.</summary>
    public object TakeValue()
    {
        SkipBlanks();
        char first = _at < _text.Length ? _text[_at] : '\n';
        return first switch
        {
            '"' or '\'' => TakeText(),
            '[' => TakeTexts(),
            _ => TakeWord(),
        };
    }

    private object TakeWord()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or '-' or '+' or '.' or ':'))
        {
            _at++;
        }

        string word = _text[start.._at];
        if (word is "true" or "false")
        {
            return word == "true";
        }

        return long.TryParse(word.Replace("_", string.Empty, StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw Wrong($"'{Printable.Escape(word, 32)}' is neither a string in quotes, a whole number, true, false nor an array of strings");
    }

    private List<string> TakeTexts()
    {
        var texts = new List<string>();
        _at++;
        while (true)
        {
            SkipBlanksAndLines();
            if (TryTake(']'))
            {
                return texts;
            }

            if (_at >= _text.Length || _text[_at] is not ('"' or '\'') || texts.Count == MaxItems)
            {
                throw Wrong(texts.Count == MaxItems ? $"an array has more than {MaxItems} items" : $"a string in quotes is expected{Found()}");
            }

            texts.Add(TakeText());
            SkipBlanksAndLines();
            if (!TryTake(','))
            {
                Require(']');
                return texts;
            }
        }
    }

    private string TakeText()
    {
        char quote = _text[_at++];
        if (_at + 1 < _text.Length && _text[_at] == quote && _text[_at + 1] == quote)
        {
            throw Wrong("strings of several lines are not supported");
        }

        var value = new StringBuilder();
        while (_at < _text.Length && _text[_at] is not ('\n' or '\r'))
        {
            char c = _text[_at++];
            if (c == quote)
            {
                return value.ToString();
            }

            value.Append(c == '\\' && quote == '"' ? TakeEscape() : c);
        }

        throw Wrong("a string has no end");
    }

    private char TakeEscape() => (_at < _text.Length ? _text[_at++] : '\0') switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '"' => '"',
        '\\' => '\\',
        _ => throw Wrong("of the escapes only \\n, \\t, \\r, \\\" and \\\\ are supported"),
    };

    private void SkipBlanksAndLines()
    {
        while (_at < _text.Length)
        {
            SkipBlanks();
            if (_at < _text.Length && _text[_at] == '#')
            {
                SkipComment();
            }

            if (_at >= _text.Length || _text[_at] is not ('\n' or '\r'))
            {
                return;
            }

            NextLine();
        }
    }

    private void SkipComment()
    {
        int end = _text.IndexOf('\n', _at);
        _at = end < 0 ? _text.Length : end;
    }

    private void NextLine()
    {
        if (_at < _text.Length)
        {
            _line += _text[_at] == '\n' ? 1 : 0;
            _at++;
        }
    }

    private readonly string Found() => _at < _text.Length && !char.IsControl(_text[_at]) ? $", not '{Printable.Escape(_text[_at].ToString(), 1)}'" : string.Empty;
}
