using Kata.Rego.Builtins;

namespace Kata.Rego.Syntax.Nodes;

/// <summary>A call of a function of the language.</summary>
internal sealed record BuiltinCall(Position At, Builtin Function, IReadOnlyList<Expression> Arguments) : Expression(At);
