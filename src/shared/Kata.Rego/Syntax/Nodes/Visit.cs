namespace Kata.Rego.Syntax.Nodes;

/// <summary>A reference with variables in its path that have no values: once for each member they can stand for. Planning takes it out of expressions.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Target">The reference.</param>
/// <param name="Slot">Where its value goes.</param>
internal sealed record Visit(Position At, Reference Target, int Slot) : Statement(At);
