namespace Kata.Rego.Syntax.Nodes;

/// <summary><c>some key, value in collection</c>: once for each member that fits.</summary>
internal sealed record SomeIn(Position At, Expression? Key, Expression Value, Expression Collection) : Statement(At);
