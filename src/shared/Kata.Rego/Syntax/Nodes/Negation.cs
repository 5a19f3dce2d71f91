namespace Kata.Rego.Syntax.Nodes;

/// <summary>Holds when the other statement does not.</summary>
internal sealed record Negation(Position At, Statement Inner) : Statement(At);
