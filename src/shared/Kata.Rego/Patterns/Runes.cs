using System.Globalization;

namespace Kata.Rego.Patterns;

/// <summary>Reads characters of a text, which are one or two units of a .NET string.</summary>
internal static class Runes
{
    /// <summary>The character at a place; half of a pair counts as one.</summary>
    public static int At(string text, int at, out int length)
    {
        bool pair = char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
        length = pair ? 2 : 1;
        return pair ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at];
    }

    /// <summary>The character that an escape stands for.</summary>
    /// <param name="text">The pattern.</param>
    /// <param name="at">Behind the backslash; moved behind the escape.</param>
    public static int Escaped(string text, ref int at)
    {
        if (at >= text.Length)
        {
            throw new FormatException("a '\\' at the end");
        }

        char c = text[at++];
        switch (c)
        {
            case 'a':
                return '\a';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'v':
                return '\v';
            case 'x':
                return Hexadecimal(text, ref at);
            case >= '0' and <= '7':
                return Octal(text, ref at);
            default:
                return c < 128 && !char.IsAsciiLetterOrDigit(c) ? c : throw new FormatException($"an escape that is not known: \\{c}");
        }
    }

    // \0 to \777; a single digit other than 0 would be what a group found, which these patterns do not have.
    private static int Octal(string text, ref int at)
    {
        int start = at - 1;
        while (at < text.Length && at < start + 3 && text[at] is >= '0' and <= '7')
        {
            at++;
        }

        ReadOnlySpan<char> digits = text.AsSpan(start, at - start);
        if (digits.Length == 1 && digits[0] != '0')
        {
            throw new FormatException($"a reference to a group: \\{digits}");
        }

        int rune = 0;
        foreach (char digit in digits)
        {
            rune = (rune * 8) + digit - '0';
        }

        return rune;
    }

    private static int Hexadecimal(string text, ref int at)
    {
        bool braces = at < text.Length && text[at] == '{';
        int end = braces ? text.IndexOf('}', at) : at + 2;
        int start = braces ? at + 1 : at;
        if (end < start || end > text.Length
            || !int.TryParse(text.AsSpan(start, end - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int rune)
            || rune is < 0 or > RuneClass.Last)
        {
            throw new FormatException("'\\x' without the number of a character");
        }

        at = braces ? end + 1 : end;
        return rune;
    }
}
