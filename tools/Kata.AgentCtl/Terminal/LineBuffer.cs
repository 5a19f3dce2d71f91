using System.Text;

namespace Kata.AgentCtl.Terminal;

/// <summary>The line being edited, and the cursor in it.</summary>
internal sealed class LineBuffer
{
    private List<Rune> _text = [];
    private List<Rune> _cut = [];

    /// <summary>Characters before the cursor.</summary>
    public int Cursor { get; private set; }

    /// <summary>Characters in all.</summary>
    public int Length => _text.Count;

    /// <summary>The line.</summary>
    public string Text => ToText(_text);

    /// <summary>The line up to the cursor.</summary>
    public string BeforeCursor => ToText(_text.GetRange(0, Cursor));

    /// <summary>The characters.</summary>
    public IReadOnlyList<Rune> Characters => _text;

    /// <summary>Puts another text in place of the line; the cursor goes to its end.</summary>
    public void Set(string text)
    {
        _text = [.. text.EnumerateRunes()];
        Cursor = _text.Count;
    }

    /// <summary>Inserts before the cursor.</summary>
    public void Insert(string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        _text.InsertRange(Cursor, runes);
        Cursor += runes.Length;
    }

    /// <summary>Replaces characters before the cursor.</summary>
    /// <param name="count">How many go.</param>
    /// <param name="text">What comes.</param>
    public void ReplaceBefore(int count, string text)
    {
        count = Math.Min(count, Cursor);
        _text.RemoveRange(Cursor - count, count);
        Cursor -= count;
        Insert(text);
    }

    /// <summary>Carries out an editing key; others change nothing.</summary>
    public void Apply(Key key)
    {
        switch (key)
        {
            case Key.Delete or Key.DeleteOrEnd when Cursor < Length:
                _text.RemoveAt(Cursor);
                break;
            case Key.DeleteBefore when Cursor > 0:
                _text.RemoveAt(--Cursor);
                break;
            case Key.CutToEnd:
                Cut(Cursor, Length);
                break;
            case Key.CutToStart:
                Cut(0, Cursor);
                break;
            case Key.CutWord:
                Cut(WordStart(), Cursor);
                break;
            case Key.Paste:
                Insert(ToText(_cut));
                break;
            default:
                Cursor = key switch
                {
                    Key.Left => Math.Max(Cursor - 1, 0),
                    Key.Right => Math.Min(Cursor + 1, Length),
                    Key.Start => 0,
                    Key.End => Length,
                    Key.WordLeft => WordStart(),
                    Key.WordRight => WordEnd(),
                    _ => Cursor,
                };
                break;
        }
    }

    private static string ToText(List<Rune> runes)
    {
        var text = new StringBuilder(runes.Count);
        foreach (Rune rune in runes)
        {
            text.Append(rune);
        }

        return text.ToString();
    }

    private void Cut(int from, int to)
    {
        if (to > from)
        {
            _cut = _text.GetRange(from, to - from);
            _text.RemoveRange(from, to - from);
            Cursor = from;
        }
    }

    private int WordStart()
    {
        int at = Cursor;
        while (at > 0 && Rune.IsWhiteSpace(_text[at - 1]))
        {
            at--;
        }

        while (at > 0 && !Rune.IsWhiteSpace(_text[at - 1]))
        {
            at--;
        }

        return at;
    }

    private int WordEnd()
    {
        int at = Cursor;
        while (at < Length && Rune.IsWhiteSpace(_text[at]))
        {
            at++;
        }

        while (at < Length && !Rune.IsWhiteSpace(_text[at]))
        {
            at++;
        }

        return at;
    }
}
