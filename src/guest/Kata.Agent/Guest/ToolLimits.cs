namespace Kata.Agent.Guest;

/// <summary>What a program of the guest may use.</summary>
/// <param name="Deadline">How long it may take.</param>
/// <param name="MaxOutput">How many bytes it may write to standard output.</param>
internal sealed record ToolLimits(TimeSpan Deadline, int MaxOutput);
