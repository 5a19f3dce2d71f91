namespace Kata.Linux.Security;

/// <summary>A condition on one argument of a system call.</summary>
/// <param name="Index">Which argument, 0 to 5.</param>
/// <param name="Comparison">How it is compared.</param>
/// <param name="Value">What with.</param>
/// <param name="Mask">The bits that count in a masked comparison.</param>
public sealed record SeccompCondition(uint Index, SeccompComparison Comparison, ulong Value, ulong Mask = ulong.MaxValue);
