using Kata.Rego.Values;

namespace Kata.Rego.Syntax.Nodes;

/// <summary>A value written down.</summary>
internal sealed record Constant(Position At, RegoValue Value) : Expression(At);
