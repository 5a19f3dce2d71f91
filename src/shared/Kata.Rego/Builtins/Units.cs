using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions of numbers with a unit behind them, such as <c>10Gi</c>.</summary>
internal static class Units
{
    private const string Letters = "kmgtpe";

    public static readonly Builtin[] All =
    [
        new("units.parse", 1, static (_, a) => a[0] is RegoString text ? Parse(text.Value) : null),
        new("units.parse_bytes", 1, static (_, a) => a[0] is RegoString text ? Bytes(text.Value) : null),
    ];

    // Of m and M one is a thousandth, the other a million; other letters mean the same in both cases.
    private static RegoNumber? Parse(string text)
    {
        (string number, string unit) = Apart(text);
        if (RegoNumber.Parse(number) is not { } value)
        {
            return null;
        }

        return unit == "m" ? RegoNumber.Of(value.Real / 1000) : Scale(unit.ToLowerInvariant()) is { } scale ? Times(value, scale) : null;
    }

    private static RegoNumber? Bytes(string text)
    {
        (string number, string unit) = Apart(text);
        string lower = unit.ToLowerInvariant();
        lower = lower.EndsWith('b') ? lower[..^1] : lower;
        RegoNumber? bytes = RegoNumber.Parse(number) is { } value && Scale(lower) is { } scale ? Times(value, scale) : null;
        return bytes is null or { IsInteger: true } ? bytes : RegoNumber.Of(Math.Truncate(bytes.Real));
    }

    private static (string Number, string Unit) Apart(string text)
    {
        string plain = text.Length is > 0 and <= 100 ? text.Trim('"') : string.Empty;
        int end = plain.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        string number = plain[..end];
        return number.All(c => char.IsAsciiDigit(c) || c is '.' or '-' or '+') && number.Length > 0 && number[0] != '.' ? (number, plain[end..]) : (string.Empty, string.Empty);
    }

    private static Int128? Scale(string unit)
    {
        int power = unit.Length == 0 ? 0 : Letters.IndexOf(unit[0], StringComparison.Ordinal) + 1;
        return unit.Length switch
        {
            0 => 1,
            1 when power > 0 => (Int128)Math.Pow(1000, power),
            2 when power > 0 && unit[1] == 'i' => (Int128)1 << (10 * power),
            _ => null,
        };
    }

    private static RegoNumber? Times(RegoNumber value, Int128 scale) => value.IsInteger && Int128.Abs(value.Integer) < (Int128)1 << 64
        ? RegoNumber.Of(value.Integer * scale)
        : RegoNumber.Of(value.Real * (double)scale);
}
