namespace Kata.Rego.Syntax.Nodes;

/// <summary>A short name for a document.</summary>
/// <param name="At">Where it is.</param>
/// <param name="Alias">The name.</param>
/// <param name="Target">The document, or a member of it.</param>
internal sealed record Import(Position At, string Alias, Expression Target);
