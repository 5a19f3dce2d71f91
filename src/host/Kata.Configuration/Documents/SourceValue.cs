namespace Kata.Configuration.Documents;

/// <summary>A value and the place it comes from.</summary>
/// <param name="Content">string, bool, long, double or a list of strings; null for anything else.</param>
/// <param name="TypeName">The value's type, in words.</param>
/// <param name="Location">Where it is.</param>
internal sealed record SourceValue(object? Content, string TypeName, SourceLocation Location);
