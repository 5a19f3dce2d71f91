namespace Kata.Rego.Syntax.Nodes;

/// <summary>What the definitions of a rule add up to.</summary>
internal enum RuleKind
{
    /// <summary>One value.</summary>
    Complete,

    /// <summary>One value for given arguments.</summary>
    Function,

    /// <summary>A set, element by element.</summary>
    PartialSet,

    /// <summary>An object, member by member.</summary>
    PartialObject,
}
