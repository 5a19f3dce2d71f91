namespace Kata.Rego.Syntax.Nodes;

/// <summary>Holds when the body does for each member.</summary>
internal sealed record Every(Position At, Expression? Key, Expression Value, Expression Collection, IReadOnlyList<Statement> Body) : Statement(At)
{
    /// <summary>The first slot of the variables that exist only inside; those below belong to the outside.</summary>
    public int FirstOwnSlot { get; init; }
}
