namespace Kata.Rego.Syntax.Nodes;

/// <summary>The request.</summary>
internal sealed record InputDocument(Position At) : Expression(At);
