namespace Kata.Agent.Policy;

/// <summary>What a policy says to a request.</summary>
/// <param name="IsAllowed">Whether it may be served.</param>
/// <param name="Reason">Why not, or why the policy could not tell; null without one.</param>
internal readonly record struct PolicyDecision(bool IsAllowed, string? Reason);
