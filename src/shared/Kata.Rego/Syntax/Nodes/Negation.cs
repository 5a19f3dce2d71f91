namespace Kata.Rego.Syntax.Nodes;

/// <summary>Holds when the other statement does not.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Inner">The other statement.</param>
internal sealed record Negation(Position At, Statement Inner) : Statement(At)
{
    /// <summary>What planning makes of <see cref="Inner"/>.</summary>
    public IReadOnlyList<Statement> Plan { get; init; } = [];
}
