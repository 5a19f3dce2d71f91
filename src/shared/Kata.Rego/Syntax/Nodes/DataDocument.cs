namespace Kata.Rego.Syntax.Nodes;

/// <summary>A document beside the policy, such as its state.</summary>
/// <param name="At">Where it is.</param>
/// <param name="Key">Its name.</param>
internal sealed record DataDocument(Position At, string Key) : Expression(At);
