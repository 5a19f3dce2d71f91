using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Evaluation;

/// <summary>What stands in for a function.</summary>
/// <param name="Value">A value, whatever the arguments; null for another function.</param>
/// <param name="Function">The other function.</param>
internal readonly record struct Replaced(RegoValue? Value, FunctionKey Function);
