namespace Kata.Rego.Patterns;

/// <summary>A part of a pattern.</summary>
internal abstract record PatternNode
{
    private PatternNode()
    {
    }

    /// <summary>One character of a class.</summary>
    internal sealed record One(RuneClass Class) : PatternNode;

    /// <summary>A place, not a character.</summary>
    internal sealed record Place(PlaceKind Kind) : PatternNode;

    /// <summary>Parts one after the other; without any, nothing.</summary>
    internal sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>The first part that leads to a match.</summary>
    internal sealed record Choice(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>A part several times.</summary>
    /// <param name="Part">The part.</param>
    /// <param name="Least">How often at least.</param>
    /// <param name="Most">How often at most; null: any number of times.</param>
    /// <param name="Greedy">Whether as often as possible, rather than as seldom.</param>
    internal sealed record Repeat(PatternNode Part, int Least, int? Most, bool Greedy) : PatternNode;

    /// <summary>A part whose text is remembered.</summary>
    internal sealed record Group(PatternNode Part, int Number) : PatternNode;
}
