namespace Kata.Rego.Syntax.Nodes;

/// <summary>A set by its elements.</summary>
internal sealed record SetExpression(Position At, IReadOnlyList<Expression> Items) : Expression(At);
