using System.Globalization;
using System.Text;

namespace Kata.Primitives;

/// <summary>Makes text of unknown origin (a guest, an image, a client) safe to put into a log line, a message or a label.</summary>
public static class Printable
{
    /// <summary>Escapes control characters only, and cuts what is too long: for messages that are quoted as a whole.</summary>
    /// <inheritdoc cref="Escape"/>
    public static string Clean(string text, int maxLength) => Make(text, maxLength, quotes: false);

    /// <summary>Escapes control characters, quotes and backslashes, and cuts what is too long.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="maxLength">The most characters taken from <paramref name="text"/>.</param>
    /// <returns>Text on one line, in which every character is printable.</returns>
    public static string Escape(string text, int maxLength) => Make(text, maxLength, quotes: true);

    private static string Make(string text, int maxLength, bool quotes)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        var safe = new StringBuilder(Math.Min(text.Length, maxLength));
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, maxLength)))
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029')
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                safe.Append(quotes && c is ('"' or '\\') ? $"\\{c}" : c.ToString());
            }
        }

        return text.Length > maxLength ? safe.Append('…').ToString() : safe.ToString();
    }
}
