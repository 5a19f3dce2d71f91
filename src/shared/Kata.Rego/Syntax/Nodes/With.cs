namespace Kata.Rego.Syntax.Nodes;

/// <summary>A statement that sees other documents or functions than the rest of its body.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Inner">The statement.</param>
/// <param name="Replacements">What it sees instead, at least one.</param>
internal sealed record With(Position At, Statement Inner, IReadOnlyList<Replacement> Replacements) : Statement(At)
{
    /// <summary>What planning makes of <see cref="Inner"/>: all of it runs with the replacements.</summary>
    public IReadOnlyList<Statement> Plan { get; init; } = [];
}
