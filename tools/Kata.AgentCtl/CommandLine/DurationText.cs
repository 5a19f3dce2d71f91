using System.Globalization;
using Kata.Primitives;

namespace Kata.AgentCtl.CommandLine;

/// <summary>Reads durations as people write them: <c>500ms</c>, <c>5s</c>, <c>1m30s</c>, <c>2h</c>; a bare number is seconds.</summary>
internal static class DurationText
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Reads one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What it is for, in errors.</param>
    /// <returns>More than nothing and at most a day.</returns>
    /// <exception cref="KataException">InvalidArgument: it is no duration, or too long.</exception>
    public static TimeSpan Parse(string text, string name)
    {
        ArgumentNullException.ThrowIfNull(text);
        decimal milliseconds = 0;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept("0123456789.");
            ReadOnlySpan<char> number = digits < 0 ? rest : rest[..digits];
            rest = digits < 0 ? [] : rest[digits..];
            int letters = rest.IndexOfAny("0123456789.");
            ReadOnlySpan<char> unit = letters < 0 ? rest : rest[..letters];
            rest = letters < 0 ? [] : rest[letters..];
            if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) || number.Length > 9 || Unit(unit) is not { } factor)
            {
                throw Invalid(text, name);
            }

            milliseconds += value * factor;
        }

        return milliseconds > 0 && milliseconds <= (decimal)Longest.TotalMilliseconds ? TimeSpan.FromMilliseconds((double)milliseconds) : throw Invalid(text, name);
    }

    private static decimal? Unit(ReadOnlySpan<char> unit) => unit switch
    {
        "ms" => 1,
        "" or "s" or "sec" => 1000,
        "m" or "min" => 60_000,
        "h" => 3_600_000,
        _ => null,
    };

    private static KataException Invalid(string text, string name) =>
        KataException.Invalid($"{name}: {Printable.Escape(text, maxLength: 32)} is no duration: write 500ms, 5s, 1m30s or 2h, at most a day");
}
