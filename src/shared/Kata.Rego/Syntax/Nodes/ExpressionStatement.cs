namespace Kata.Rego.Syntax.Nodes;

/// <summary>Holds when the value is there and not false.</summary>
internal sealed record ExpressionStatement(Position At, Expression Value) : Statement(At);
