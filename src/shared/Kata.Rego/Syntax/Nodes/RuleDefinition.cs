namespace Kata.Rego.Syntax.Nodes;

/// <summary>One definition of a rule, as it is written.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Name">The rule.</param>
/// <param name="Kind">What it adds to.</param>
internal sealed record RuleDefinition(Position At, string Name, RuleKind Kind)
{
    /// <summary>Whether this is the value for when no other definition gives one.</summary>
    public bool IsDefault { get; init; }

    /// <summary>The parameters of a function.</summary>
    public IReadOnlyList<Expression> Parameters { get; init; } = [];

    /// <summary>The key of a member of a partial object.</summary>
    public Expression? Key { get; init; }

    /// <summary>The value, or the element of a partial set.</summary>
    public required Expression Value { get; init; }

    /// <summary>The condition; empty: always.</summary>
    public IReadOnlyList<Statement> Body { get; init; } = [];

    /// <summary>What to try when the condition does not hold.</summary>
    public RuleDefinition? Else { get; init; }
}
