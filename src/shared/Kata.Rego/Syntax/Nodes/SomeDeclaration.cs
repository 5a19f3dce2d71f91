namespace Kata.Rego.Syntax.Nodes;

/// <summary><c>some x, y</c>: the names are variables of this body.</summary>
internal sealed record SomeDeclaration(Position At, IReadOnlyList<Name> Names) : Statement(At);
