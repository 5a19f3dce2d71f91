namespace Kata.Rego.Syntax.Nodes;

/// <summary>The value of a rule of this policy.</summary>
/// <param name="At">Where it is.</param>
/// <param name="Rule">The number of the rule.</param>
internal sealed record RuleValue(Position At, int Rule) : Expression(At);
