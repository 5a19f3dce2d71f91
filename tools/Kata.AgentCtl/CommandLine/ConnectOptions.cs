using Kata.AgentClient;

namespace Kata.AgentCtl.CommandLine;

/// <summary>What <c>connect</c> was asked to do.</summary>
internal sealed record ConnectOptions
{
    /// <summary>Where the agent listens; null with <see cref="DryRun"/>.</summary>
    public required AgentAddress? Address { get; init; }

    /// <summary>The bundle of the container; null for none.</summary>
    public string? Bundle { get; init; }

    /// <summary>Commands to run, in order.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>Whether commands come from standard input as well.</summary>
    public bool Interactive { get; init; }

    /// <summary>How often <see cref="Commands"/> run; -1 for ever.</summary>
    public long Repeat { get; init; } = 1;

    /// <summary>The time each call may take; null for each call's own.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The time until the agent must have answered.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a failed command ends nothing.</summary>
    public bool IgnoreErrors { get; init; }

    /// <summary>Whether fields that are not given stay empty.</summary>
    public bool NoAutoValues { get; init; }

    /// <summary>Whether requests are printed, not sent.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether replies that carry bytes or text are printed as they are, not as JSON.</summary>
    public bool Raw { get; init; }
}
