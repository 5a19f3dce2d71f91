namespace Kata.Rego.Syntax.Nodes;

/// <summary><c>value in collection</c> or <c>key, value in collection</c>: true or false.</summary>
internal sealed record Membership(Position At, Expression? Key, Expression Value, Expression Collection) : Expression(At);
