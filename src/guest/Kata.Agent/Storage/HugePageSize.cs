using System.Globalization;
using Kata.Primitives;

namespace Kata.Agent.Storage;

/// <summary>Reads sizes of huge pages as they stand in mount options: <c>2M</c>, <c>1Gi</c>, <c>2097152</c>.</summary>
internal static class HugePageSize
{
    /// <summary>Reads a size in bytes.</summary>
    /// <exception cref="KataException">InvalidArgument: not a size, or 0.</exception>
    public static long Parse(string text, string name)
    {
        string digits = text.TrimEnd('B');
        digits = digits.EndsWith('i') ? digits[..^1] : digits;
        int shift = digits.Length == 0 ? 0 : char.ToUpperInvariant(digits[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        digits = shift > 0 ? digits[..^1] : digits;
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0 && number <= long.MaxValue >> 30
            ? number << shift
            : throw KataException.Invalid($"hugetlbfs storage: option {name}={Printable.Escape(text, 32)} is no size");
    }
}
