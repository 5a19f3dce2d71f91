namespace Kata.Rego.Syntax.Nodes;

/// <summary>Two values and an operator.</summary>
internal sealed record Binary(Position At, Operator Operator, Expression Left, Expression Right) : Expression(At);
