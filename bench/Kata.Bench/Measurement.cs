namespace Kata.Bench;

/// <summary>One row of the table: what was measured, and what it is held against.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">ms, µs, MB or MB/s.</param>
/// <param name="Values">All samples, in the order they were taken.</param>
internal sealed record Measurement(string Name, string Unit, IReadOnlyList<double> Values)
{
    /// <summary>The most the median may be (the least, for a throughput), in <see cref="Unit"/>; null where nothing is promised.</summary>
    public double? Budget { get; init; }

    /// <summary>How the budget comes about: "1.2 × runc's 14 ms".</summary>
    public string? BudgetReason { get; init; }

    /// <summary>Whether more is better.</summary>
    public bool MoreIsBetter { get; init; }

    /// <summary>The same row, measured in several places.</summary>
    public static Measurement Of(IReadOnlyList<Measurement> parts) => new(parts[0].Name, parts[0].Unit, [.. parts.SelectMany(part => part.Values)]);

    public double Median => Sorted()[Values.Count / 2];

    public double Min => Values.Min();

    public double Max => Values.Max();

    /// <summary>Whether the promise is kept; null where nothing is promised.</summary>
    public bool? Kept => Budget is not { } budget ? null : MoreIsBetter ? Median >= budget : Median <= budget;

    private double[] Sorted()
    {
        double[] sorted = [.. Values];
        Array.Sort(sorted);
        return sorted;
    }
}
