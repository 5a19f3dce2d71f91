namespace Kata.Rego.Patterns;

/// <summary>A set of characters, as sorted ranges of code points.</summary>
internal sealed class RuneClass
{
    /// <summary>The last code point.</summary>
    public const int Last = 0x10FFFF;

    private readonly (int From, int To)[] _ranges;

    private RuneClass((int From, int To)[] ranges) => _ranges = ranges;

    public IReadOnlyList<(int From, int To)> Ranges => _ranges;

    /// <summary>The class of some ranges, in any order; they may overlap.</summary>
    public static RuneClass Of(IEnumerable<(int From, int To)> ranges)
    {
        var merged = new List<(int From, int To)>();
        foreach ((int from, int to) in ranges.OrderBy(range => range.From))
        {
            if (merged.Count > 0 && from <= merged[^1].To + 1)
            {
                merged[^1] = (merged[^1].From, Math.Max(merged[^1].To, to));
            }
            else
            {
                merged.Add((from, to));
            }
        }

        return new RuneClass([.. merged]);
    }

    public bool Has(int rune)
    {
        int low = 0;
        int high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (rune < _ranges[middle].From)
            {
                high = middle - 1;
            }
            else if (rune > _ranges[middle].To)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>All other characters.</summary>
    public RuneClass Others()
    {
        var others = new List<(int, int)>();
        int next = 0;
        foreach ((int from, int to) in _ranges)
        {
            if (from > next)
            {
                others.Add((next, from - 1));
            }

            next = to + 1;
        }

        if (next <= Last)
        {
            others.Add((next, Last));
        }

        return new RuneClass([.. others]);
    }

    /// <summary>The class with every character of it in all its cases.</summary>
    public RuneClass WithBothCases() => Of([.. _ranges, .. CaseFolding.Others(this)]);
}
