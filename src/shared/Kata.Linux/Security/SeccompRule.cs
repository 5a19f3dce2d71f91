namespace Kata.Linux.Security;

/// <summary>What happens to some system calls, always or under conditions that must all hold.</summary>
/// <param name="Names">System calls by name.</param>
/// <param name="Action">What happens.</param>
/// <param name="Conditions">The conditions; none for always.</param>
public sealed record SeccompRule(IReadOnlyList<string> Names, SeccompAction Action, IReadOnlyList<SeccompCondition> Conditions);
