namespace Kata.Rego.Syntax.Nodes;

/// <summary>An object by its members.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Keys">The keys.</param>
/// <param name="Values">The value of each key.</param>
internal sealed record ObjectExpression(Position At, IReadOnlyList<Expression> Keys, IReadOnlyList<Expression> Values) : Expression(At);
