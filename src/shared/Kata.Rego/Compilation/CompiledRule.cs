using Kata.Rego.Syntax;
using Kata.Rego.Syntax.Nodes;

namespace Kata.Rego.Compilation;

/// <summary>One definition, ready to be evaluated: names are slots of a frame, and statements are in an order in which each finds what it needs.</summary>
internal sealed class CompiledRule
{
    public required Position At { get; init; }

    /// <summary>What the arguments are matched with.</summary>
    public required IReadOnlyList<Expression> Parameters { get; init; }

    /// <summary>The condition.</summary>
    public required IReadOnlyList<Statement> Body { get; init; }

    /// <summary>The key of a member of a partial object.</summary>
    public Expression? Key { get; init; }

    /// <summary>The value.</summary>
    public required Expression Value { get; init; }

    /// <summary>The size of a frame.</summary>
    public required int Slots { get; init; }

    /// <summary>What to try when the condition does not hold.</summary>
    public CompiledRule? Else { get; init; }
}
