using Kata.Rego.Values;

namespace Kata.Rego.Tests;

/// <summary>Evaluates small policies and writes the outcome as text.</summary>
internal static class Evaluations
{
    public const string Undefined = "undefined";

    /// <summary>The value of rule <c>p</c> of a policy without its package line.</summary>
    public static string Value(string rules, string input = "{}", string data = "{}", RegoLimits? limits = null)
    {
        RegoResult result = Run(rules, input, data, limits);
        return result.Failure is { } failure ? "error: " + failure.Message : result.Value?.ToString() ?? Undefined;
    }

    public static RegoResult Run(string rules, string input = "{}", string data = "{}", RegoLimits? limits = null) =>
        RegoPolicy.Parse("package test\n" + rules, limits ?? new RegoLimits())
            .Evaluate("p", Literal(input), (RegoObject)Literal(data), TimeProvider.System, CancellationToken.None);

    /// <summary>A value in the notation of the language.</summary>
    public static RegoValue Literal(string text) =>
        RegoPolicy.Parse("package literal\nvalue := " + text, new RegoLimits())
            .Evaluate("value", RegoValue.Null, RegoObject.Empty, TimeProvider.System, CancellationToken.None).Value!;
}
