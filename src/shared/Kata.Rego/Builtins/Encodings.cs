using System.Text;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions that write values in other notations.</summary>
internal static class Encodings
{
    public static readonly Builtin[] All =
    [
        Change("base64.encode", static text => Convert.ToBase64String(Encoding.UTF8.GetBytes(text))),
        Change("base64.decode", Decoded),
        Change("base64url.encode", static text => UrlForm(Convert.ToBase64String(Encoding.UTF8.GetBytes(text)))),
        Change("base64url.encode_no_pad", static text => UrlForm(Convert.ToBase64String(Encoding.UTF8.GetBytes(text))).TrimEnd('=')),
        Change("base64url.decode", static text => Decoded(Padded(text.Replace('-', '+').Replace('_', '/')))),
        Change("hex.encode", static text => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text))),
        new("base64.is_valid", 1, static (_, a) => a[0] is RegoString text ? RegoValue.Of(Decoded(text.Value) is not null) : null),
        Change("hex.decode", FromHexadecimal),
        Change("urlquery.encode", ToQuery),
        Change("urlquery.decode", FromQuery),
    ];

    private static Builtin Change(string name, Func<string, string?> change) => new(name, 1, (c, a) =>
    {
        if (a[0] is not RegoString text)
        {
            return null;
        }

        c.Budget.Text(text.Value.Length * 4L);
        return change(text.Value) is { } changed ? new RegoString(changed) : null;
    });

    private static string UrlForm(string base64) => base64.Replace('+', '-').Replace('/', '_');

    private static string Padded(string base64) => base64.PadRight((base64.Length + 3) / 4 * 4, '=');

    private static string? Decoded(string base64)
    {
        var bytes = new byte[base64.Length];
        return base64.AsSpan().IndexOfAny(" \t") < 0 && Convert.TryFromBase64String(base64, bytes, out int length) ? Utf8Text(bytes.AsSpan(0, length)) : null;
    }

    private static string? FromHexadecimal(string digits) =>
        digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Utf8Text(Convert.FromHexString(digits)) : null;

    // As forms in a browser are sent: a blank is '+', other bytes but letters, digits and -_.~ are '%' and two digits.
    private static string ToQuery(string text)
    {
        var query = new StringBuilder();
        foreach (byte unit in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)unit;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~')
            {
                query.Append(c);
            }
            else if (c == ' ')
            {
                query.Append('+');
            }
            else
            {
                query.Append('%').Append(unit.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return query.ToString();
    }

    private static string? FromQuery(string query)
    {
        byte[] units = Encoding.UTF8.GetBytes(query);
        int length = 0;
        for (int i = 0; i < units.Length; i++)
        {
            if (units[i] != '%')
            {
                units[length++] = units[i] == '+' ? (byte)' ' : units[i];
                continue;
            }

            if (i + 2 >= units.Length || !char.IsAsciiHexDigit((char)units[i + 1]) || !char.IsAsciiHexDigit((char)units[i + 2]))
            {
                return null;
            }

            units[length++] = Convert.FromHexString([(char)units[i + 1], (char)units[i + 2]])[0];
            i += 2;
        }

        return Utf8Text(units.AsSpan(0, length));
    }

    // Bytes that are no text have no value: replacing them would make different ones equal.
    private static string? Utf8Text(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
}
