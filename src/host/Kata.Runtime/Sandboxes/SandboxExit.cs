namespace Kata.Runtime.Sandboxes;

/// <summary>How a sandbox's VM ended.</summary>
/// <param name="Expected">Whether it was asked to stop.</param>
/// <param name="Reason">In words, for a person.</param>
/// <param name="At">When it was seen.</param>
public sealed record SandboxExit(bool Expected, string Reason, DateTimeOffset At);
