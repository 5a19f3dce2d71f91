namespace Kata.Rego.Syntax.Nodes;

/// <summary>A note for people; it always holds, and arguments without a value are shown as such.</summary>
internal sealed record PrintCall(Position At, IReadOnlyList<Expression> Arguments) : Expression(At);
