using Kata.Rego.Builtins;

namespace Kata.Rego.Syntax.Nodes;

/// <summary>Which function: of the policy, by its number, or of the language.</summary>
/// <param name="Rule">The number of the rule; -1 for a function of the language.</param>
/// <param name="Builtin">The function of the language.</param>
internal readonly record struct FunctionKey(int Rule, Builtin? Builtin);
