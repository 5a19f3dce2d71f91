namespace Kata.Linux.Cgroups;

/// <summary>Which devices a rule is about.</summary>
public enum DeviceRuleKind
{
    /// <summary>All (<c>a</c>); numbers and access of the rule do not matter then.</summary>
    All,

    /// <summary>Block devices (<c>b</c>).</summary>
    Block,

    /// <summary>Character devices (<c>c</c>).</summary>
    Character,
}
