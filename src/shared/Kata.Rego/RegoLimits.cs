namespace Kata.Rego;

/// <summary>What a policy and its evaluation may use. The defaults fit generated policies many times over.</summary>
public sealed record RegoLimits
{
    /// <summary>The longest policy, in characters.</summary>
    public int MaxLength { get; init; } = 2 * 1024 * 1024;

    /// <summary>Lines of a policy.</summary>
    public int MaxLines { get; init; } = 200_000;

    /// <summary>Tokens of a policy.</summary>
    public int MaxTokens { get; init; } = 200_000;

    /// <summary>How deep brackets and bodies nest in the text.</summary>
    public int MaxNesting { get; init; } = 100;

    /// <summary>Steps of one evaluation: an expression, an element visited, a character matched, a part of a value compared.</summary>
    public long MaxSteps { get; init; } = 20_000_000;

    /// <summary>Parts of values that one evaluation makes: elements, and pieces of 16 characters.</summary>
    public long MaxCells { get; init; } = 250_000;

    /// <summary>How deep rules and functions call each other.</summary>
    public int MaxCallDepth { get; init; } = 200;

    /// <summary>The time of one evaluation.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Characters kept of what a policy prints; the last ones are.</summary>
    public int MaxPrinted { get; init; } = 8 * 1024;
}
