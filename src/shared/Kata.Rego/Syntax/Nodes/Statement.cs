namespace Kata.Rego.Syntax.Nodes;

/// <summary>One line of a body: holds or does not, and may give values to variables.</summary>
/// <param name="At">Where it begins.</param>
internal abstract record Statement(Position At);
