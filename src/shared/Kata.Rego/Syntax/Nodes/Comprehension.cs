using Kata.Rego.Values;

namespace Kata.Rego.Syntax.Nodes;

/// <summary>An array, set or object of what a body finds.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Kind">Array, Set or Object.</param>
/// <param name="Key">The key of a member, for an object.</param>
/// <param name="Item">An element, or the value of a member.</param>
/// <param name="Body">What is tried.</param>
internal sealed record Comprehension(Position At, RegoKind Kind, Expression? Key, Expression Item, IReadOnlyList<Statement> Body) : Expression(At)
{
    /// <summary>The first slot of the variables that exist only inside; those below belong to the outside.</summary>
    public int FirstOwnSlot { get; init; }
}
