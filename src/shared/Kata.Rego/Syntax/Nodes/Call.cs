namespace Kata.Rego.Syntax.Nodes;

/// <summary>A call of a function by its name.</summary>
internal sealed record Call(Position At, string Function, IReadOnlyList<Expression> Arguments) : Expression(At);
