using Kata.Rego.Values;

namespace Kata.Rego;

/// <summary>What an evaluation came to.</summary>
public sealed class RegoResult
{
    /// <summary>The value; null when the rule has none.</summary>
    public RegoValue? Value { get; init; }

    /// <summary>Why there is no result: definitions that contradict each other, or a limit.</summary>
    public RegoException? Failure { get; init; }

    /// <summary>The last lines that the policy printed.</summary>
    public required IReadOnlyList<string> Prints { get; init; }
}
