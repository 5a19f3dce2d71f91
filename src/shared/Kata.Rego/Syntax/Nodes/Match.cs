namespace Kata.Rego.Syntax.Nodes;

/// <summary>Takes a value apart: what a planned assignment or unification comes to.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Pattern">Variables to give values to, and values to compare with.</param>
/// <param name="Value">What has a value already.</param>
internal sealed record Match(Position At, Expression Pattern, Expression Value) : Statement(At);
