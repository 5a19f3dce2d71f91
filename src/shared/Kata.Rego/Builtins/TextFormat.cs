using System.Globalization;
using System.Text;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>The function <c>sprintf</c>, with the verbs %s %v %d %x %o %b %t %q %e %f %g %%, and a width or precision of up to three digits.</summary>
internal static class TextFormat
{
    private const int MaxLength = 64 * 1024;

    /// <summary>The text; null when a verb is unknown, or does not fit its value, or there are too few values.</summary>
    public static RegoValue? Apply(BuiltinContext context, string format, IReadOnlyList<RegoValue> values)
    {
        var text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            int start = ++i;
            while (i < format.Length && (char.IsAsciiDigit(format[i]) || format[i] is '.' or '-' or '+' or '#'))
            {
                i++;
            }

            if (i == format.Length || i - start > 6)
            {
                return null;
            }

            if (format[i] == '%')
            {
                text.Append('%');
            }
            else if (next == values.Count || One(format[i], format[start..i], values[next++]) is not { } piece)
            {
                return null;
            }
            else
            {
                text.Append(piece);
            }

            context.Budget.Steps(1);
            if (text.Length > MaxLength)
            {
                return null;
            }
        }

        return context.Text(text.ToString());
    }

    /// <summary>A whole number in a base from 2 to 16.</summary>
    public static string Digits(Int128 number, int radix)
    {
        if (number == 0)
        {
            return "0";
        }

        var digits = new StringBuilder();
        UInt128 rest = number < 0 ? (UInt128)(-(number + 1)) + 1 : (UInt128)number;
        for (; rest > 0; rest /= (UInt128)radix)
        {
            digits.Insert(0, "0123456789abcdef"[(int)(rest % (UInt128)radix)]);
        }

        return number < 0 ? digits.Insert(0, '-').ToString() : digits.ToString();
    }

    private static string? One(char verb, string flags, RegoValue value)
    {
        string width = flags.Split('.')[0];
        string? precision = flags.Contains('.', StringComparison.Ordinal) ? flags[(flags.IndexOf('.', StringComparison.Ordinal) + 1)..] : null;
        string? piece = verb switch
        {
            's' or 'v' => RegoText.Plain(value, MaxLength),
            'q' => value is RegoString ? RegoText.Write(value, MaxLength) : null,
            't' => value is RegoBoolean ? RegoText.Write(value, MaxLength) : null,
            'd' => value is RegoNumber { IsInteger: true } number ? Digits(number.Integer, 10) : null,
            'x' => value is RegoNumber { IsInteger: true } number ? Digits(number.Integer, 16) : null,
            'o' => value is RegoNumber { IsInteger: true } number ? Digits(number.Integer, 8) : null,
            'b' => value is RegoNumber { IsInteger: true } number ? Digits(number.Integer, 2) : null,
            'f' or 'e' or 'g' => value is RegoNumber number ? Real(verb, precision, number.Real) : null,
            _ => null,
        };
        return piece is null ? null : Pad(piece, width);
    }

    private static string? Real(char verb, string? precision, double number)
    {
        int digits = 6;
        if (precision is not null && (!int.TryParse(precision, NumberStyles.None, CultureInfo.InvariantCulture, out digits) || digits > 99))
        {
            return null;
        }

        return verb switch
        {
            'f' => number.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            'e' => number.ToString("0." + new string('0', digits) + "e+00", CultureInfo.InvariantCulture),
            _ => number.ToString("R", CultureInfo.InvariantCulture),
        };
    }

    private static string? Pad(string piece, string width)
    {
        if (width.Length == 0)
        {
            return piece;
        }

        bool left = width[0] == '-';
        string digits = left ? width[1..] : width;
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size > 999)
        {
            return null;
        }

        char fill = digits.StartsWith('0') && !left ? '0' : ' ';
        return left ? piece.PadRight(size) : piece.PadLeft(size, fill);
    }
}
