namespace Kata.Rego.Syntax.Nodes;

/// <summary>Something with a value.</summary>
/// <param name="At">Where it begins.</param>
internal abstract record Expression(Position At);
