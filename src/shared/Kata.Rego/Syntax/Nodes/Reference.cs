namespace Kata.Rego.Syntax.Nodes;

/// <summary>A member of something, or a member of a member.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Head">What has the members.</param>
/// <param name="Path">The keys, at least one.</param>
internal sealed record Reference(Position At, Expression Head, IReadOnlyList<Expression> Path) : Expression(At);
