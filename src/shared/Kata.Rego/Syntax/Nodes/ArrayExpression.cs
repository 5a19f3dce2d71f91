namespace Kata.Rego.Syntax.Nodes;

/// <summary>An array by its elements.</summary>
internal sealed record ArrayExpression(Position At, IReadOnlyList<Expression> Items) : Expression(At);
