namespace Kata.Rego.Syntax.Nodes;

/// <summary><c>left = right</c>: makes both equal by giving values to variables that have none.</summary>
internal sealed record Unification(Position At, Expression Left, Expression Right) : Statement(At);
