using System.Globalization;

namespace Kata.Rego.Values;

/// <summary>
/// A number: exact where it is whole and fits in 128 bits, which covers every integer a request can carry; otherwise a double. A whole number that
/// fits is always held exactly, however it is written, so that the order of numbers has no gaps.
/// </summary>
public sealed class RegoNumber : RegoValue
{
    // A double below this, if it is whole, is an Int128.
    private const double ExactLimit = 1.7e38;
    private const int MaxExponent = 400;
    private const int CacheSize = 257;

    private static readonly RegoNumber[] Cache = MakeCache();

    private readonly double _real;

    private RegoNumber(Int128 integer)
    {
        Integer = integer;
        IsInteger = true;
        _real = (double)integer;
    }

    private RegoNumber(double real) => _real = real;

    /// <summary>Whether this is a whole number held exactly.</summary>
    public bool IsInteger { get; }

    /// <summary>The number, if <see cref="IsInteger"/>; otherwise 0.</summary>
    public Int128 Integer { get; }

    /// <summary>The number as a double.</summary>
    public double Real => _real;

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Number;

    /// <summary>A whole number.</summary>
    public static RegoNumber Of(Int128 value) => value >= 0 && value < CacheSize ? Cache[(int)value] : new RegoNumber(value);

    /// <summary>A number of any kind; null if it is infinite or none.</summary>
    public static RegoNumber? Of(double value)
    {
        if (!double.IsFinite(value))
        {
            return null;
        }

        return Math.Abs(value) <= ExactLimit && Math.Floor(value) == value ? Of((Int128)value) : new RegoNumber(value);
    }

    /// <summary>Reads a number as JSON writes it; null if it is none, or too large: digits are never dropped from a whole number.</summary>
    public static RegoNumber? Parse(ReadOnlySpan<char> text)
    {
        if (Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 integer))
        {
            return Of(integer);
        }

        if (text.Length > 0 && text.TrimStart("+-").IndexOfAnyExceptInRange('0', '9') < 0)
        {
            return null;
        }

        if (Whole(text) is { } whole)
        {
            return Of(whole);
        }

        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out double real) ? Of(real) : null;
    }

    /// <summary>The number as an index or count; false when it is not whole or out of an <see cref="int"/>'s range.</summary>
    public bool TryInt32(out int value)
    {
        bool fits = IsInteger && Integer >= int.MinValue && Integer <= int.MaxValue;
        value = fits ? (int)Integer : 0;
        return fits;
    }

    internal string Text() => IsInteger ? Integer.ToString(CultureInfo.InvariantCulture) : _real.ToString("R", CultureInfo.InvariantCulture);

    internal override int CompareSame(RegoValue other)
    {
        var number = (RegoNumber)other;
        return IsInteger && number.IsInteger ? Integer.CompareTo(number.Integer) : _real.CompareTo(number._real);
    }

    // The whole number that digits with a point or an exponent come to exactly; null if they do not, or it is too large.
    private static Int128? Whole(ReadOnlySpan<char> text)
    {
        int mark = text.IndexOfAny('e', 'E');
        ReadOnlySpan<char> digits = mark < 0 ? text : text[..mark];
        int exponent = 0;
        if (mark >= 0 && (!int.TryParse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > MaxExponent))
        {
            return null;
        }

        int point = digits.IndexOf('.');
        string all = point < 0 ? digits.ToString() : string.Concat(digits[..point], digits[(point + 1)..]);
        int zeros = exponent - (point < 0 ? 0 : digits.Length - point - 1);
        int spare = Math.Clamp(-zeros, 0, all.Length - all.AsSpan().TrimEnd('0').Length);
        (all, zeros) = (all[..^spare], zeros + spare);
        return zeros is >= 0 and < 40 && Int128.TryParse(all + new string('0', zeros), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 whole)
            ? whole
            : null;
    }

    private static RegoNumber[] MakeCache()
    {
        var cache = new RegoNumber[CacheSize];
        for (int i = 0; i < CacheSize; i++)
        {
            cache[i] = new RegoNumber((Int128)i);
        }

        return cache;
    }
}
