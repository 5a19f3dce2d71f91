using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions of semantic versions: three numbers, then what comes before a release, then what says nothing of the order.</summary>
internal static class Versions
{
    private const int MaxLength = 256;

    public static readonly Builtin[] All =
    [
        new("semver.is_valid", 1, static (_, a) => RegoValue.Of(a[0] is RegoString text && Parse(text.Value) is not null)),
        new("semver.compare", 2, static (c, a) => Compare(c, a)),
    ];

    private static RegoValue? Compare(BuiltinContext context, RegoValue[] arguments)
    {
        context.Budget.Steps(2 * MaxLength / 16);
        return arguments[0] is RegoString first && arguments[1] is RegoString second && Parse(first.Value) is var (numbers, before) && Parse(second.Value) is var (others, otherBefore)
            ? RegoValue.Of((long)Order(numbers, before, others, otherBefore))
            : null;
    }

    private static int Order(string[] numbers, string[] before, string[] others, string[] otherBefore)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            if (OrderOfNumbers(numbers[i], others[i]) is var order and not 0)
            {
                return order;
            }
        }

        if (before.Length == 0 || otherBefore.Length == 0)
        {
            return (before.Length == 0).CompareTo(otherBefore.Length == 0); // a release comes after what precedes it
        }

        for (int i = 0; i < Math.Min(before.Length, otherBefore.Length); i++)
        {
            if (OrderOfParts(before[i], otherBefore[i]) is var order and not 0)
            {
                return order;
            }
        }

        return before.Length.CompareTo(otherBefore.Length);
    }

    // Numbers come before words.
    private static int OrderOfParts(string first, string second) => (IsNumber(first), IsNumber(second)) switch
    {
        (true, true) => OrderOfNumbers(first, second),
        (false, false) => Math.Sign(string.CompareOrdinal(first, second)),
        (true, false) => -1,
        _ => 1,
    };

    // Without leading zeros, the longer number is the larger one.
    private static int OrderOfNumbers(string first, string second) =>
        first.Length != second.Length ? first.Length.CompareTo(second.Length) : Math.Sign(string.CompareOrdinal(first, second));

    private static bool IsNumber(string text) => text.All(char.IsAsciiDigit);

    private static (string[] Numbers, string[] Before)? Parse(string text)
    {
        int plus = text.IndexOf('+', StringComparison.Ordinal);
        string version = plus < 0 ? text : text[..plus];
        int dash = version.IndexOf('-', StringComparison.Ordinal);
        string[] numbers = (dash < 0 ? version : version[..dash]).Split('.');
        string[] before = dash < 0 ? [] : version[(dash + 1)..].Split('.');
        bool isOne = text.Length <= MaxLength
            && numbers.Length == 3 && numbers.All(number => IsPart(number) && IsNumber(number) && IsPlain(number))
            && before.All(part => IsPart(part) && (!IsNumber(part) || IsPlain(part)))
            && (plus < 0 || text[(plus + 1)..].Split('.').All(IsPart));
        return isOne ? (numbers, before) : null;
    }

    private static bool IsPart(string part) => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static bool IsPlain(string number) => number.Length == 1 || number[0] != '0';
}
