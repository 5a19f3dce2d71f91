using System.Globalization;
using System.Text;

namespace Kata.AgentCtl.Terminal;

/// <summary>Shows a line on one row of the terminal, scrolled so that the cursor is in sight.</summary>
internal static class LineView
{
    private const string Prompt = "kata-agent> ";

    /// <summary>What to print to show a line in place of what the row had.</summary>
    /// <param name="line">The line.</param>
    /// <param name="columns">Width of the terminal; 0 when it is not known.</param>
    public static string Render(LineBuffer line, int columns)
    {
        int room = Math.Max((columns > 0 ? columns : 80) - Prompt.Length - 1, 8);
        IReadOnlyList<Rune> text = line.Characters;
        int first = line.Cursor;
        int width = 0;
        while (first > 0 && width + Width(text[first - 1]) <= room)
        {
            width += Width(text[--first]);
        }

        var shown = new StringBuilder("\r\e[K").Append(Prompt);
        int used = 0;
        for (int i = first; i < text.Count && used + Width(text[i]) <= room; i++)
        {
            shown.Append(text[i]);
            used += Width(text[i]);
        }

        return shown.Append(CultureInfo.InvariantCulture, $"\r\e[{Prompt.Length + width}C").ToString();
    }

    /// <summary>Columns that a character takes.</summary>
    internal static int Width(Rune character) => Rune.GetUnicodeCategory(character) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.Control => 0,
        _ => character.Value is (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0xa4cf) or (>= 0xac00 and <= 0xd7a3) or (>= 0xf900 and <= 0xfaff)
            or (>= 0xfe30 and <= 0xfe6f) or (>= 0xff00 and <= 0xff60) or (>= 0xffe0 and <= 0xffe6) or (>= 0x1f300 and <= 0x1faff) or (>= 0x20000 and <= 0x3fffd) ? 2 : 1,
    };
}
