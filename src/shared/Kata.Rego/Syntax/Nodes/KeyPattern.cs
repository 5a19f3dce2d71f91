namespace Kata.Rego.Syntax.Nodes;

/// <summary>A key of a visit that is not a single variable: <c>set[[x, 1]]</c> takes each key that fits.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Pattern">What a key must fit.</param>
internal sealed record KeyPattern(Position At, Expression Pattern) : Expression(At);
