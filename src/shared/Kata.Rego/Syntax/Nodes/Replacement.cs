namespace Kata.Rego.Syntax.Nodes;

/// <summary><c>with target as value</c>.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Target">A name or reference; once resolved, a document, a rule or a function.</param>
/// <param name="Value">What stands in its place: a value, or for a function the name of another.</param>
internal sealed record Replacement(Position At, Expression Target, Expression Value)
{
    /// <summary>The member of the document that is replaced; empty: the whole of it.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];
}
