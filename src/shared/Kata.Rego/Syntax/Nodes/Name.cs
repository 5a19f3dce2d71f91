namespace Kata.Rego.Syntax.Nodes;

/// <summary>A word whose meaning the scope decides; each <c>_</c> is a variable of its own.</summary>
internal sealed record Name(Position At, string Text) : Expression(At)
{
    public bool IsWildcard => Text == "_";
}
