namespace Kata.Rego.Syntax.Nodes;

/// <summary>A function that is named and not called, as <c>with</c> does.</summary>
/// <param name="At">Where it is.</param>
/// <param name="Function">The function.</param>
internal sealed record FunctionName(Position At, FunctionKey Function) : Expression(At);
