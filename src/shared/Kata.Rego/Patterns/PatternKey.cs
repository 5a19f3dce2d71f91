namespace Kata.Rego.Patterns;

/// <summary>What a compiled pattern is known by. The two kinds are kept apart: a text that a request chooses must not be found in the place of another kind's.</summary>
/// <param name="Text">The pattern.</param>
/// <param name="Delimiters">The delimiters of a path pattern; null for a regular expression.</param>
internal readonly record struct PatternKey(string Text, string? Delimiters);
