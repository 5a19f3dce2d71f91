using System.Globalization;

namespace Kata.Rego.Values;

/// <summary>
/// A number: exact where it is whole and fits in 128 bits, which covers every integer a request can carry; otherwise a double.
/// </summary>
public sealed class RegoNumber : RegoValue
{
    // Doubles below this are whole numbers exactly when they look like it.
    private const double ExactLimit = 9007199254740992;
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

    /// <summary>Reads a number as JSON writes it; null if it is none or too large.</summary>
    public static RegoNumber? Parse(ReadOnlySpan<char> text)
    {
        if (Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 integer))
        {
            return Of(integer);
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
