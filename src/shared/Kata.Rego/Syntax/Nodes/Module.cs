namespace Kata.Rego.Syntax.Nodes;

/// <summary>A policy as it is written.</summary>
/// <param name="Package">The package's path.</param>
/// <param name="Imports">The imports that matter.</param>
/// <param name="Rules">The definitions, in order.</param>
internal sealed record Module(IReadOnlyList<string> Package, IReadOnlyList<Import> Imports, IReadOnlyList<RuleDefinition> Rules);
