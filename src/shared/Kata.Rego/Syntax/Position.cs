using Kata.Primitives;

namespace Kata.Rego.Syntax;

/// <summary>A place in the text of a policy; both numbers count from 1.</summary>
internal readonly record struct Position(int Line, int Column)
{
    public override string ToString() => $"line {Line}, column {Column}";

    /// <summary>What is here is wrong.</summary>
    public KataException Wrong(string why) => KataException.Invalid($"policy {this}: {why}");

    /// <summary>What is here is Rego, but more of it than this engine understands.</summary>
    public KataException NotUnderstood(string construct) =>
        KataException.Unsupported($"policy {this}: {construct} is not understood by this agent; docs/reference/policy.md lists what is");
}
