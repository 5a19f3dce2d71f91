namespace Kata.Rego.Syntax.Nodes;

/// <summary>A call of a function that the policy defines.</summary>
internal sealed record RuleCall(Position At, int Rule, IReadOnlyList<Expression> Arguments) : Expression(At);
