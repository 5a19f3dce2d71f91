namespace Kata.Rego.Syntax.Nodes;

/// <summary><c>target := value</c>: declares the variables of the target.</summary>
internal sealed record Assignment(Position At, Expression Target, Expression Value) : Statement(At);
