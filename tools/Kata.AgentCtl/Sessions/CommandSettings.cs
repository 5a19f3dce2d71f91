namespace Kata.AgentCtl.Sessions;

/// <summary>How commands are carried out and where their results go.</summary>
internal sealed record CommandSettings
{
    /// <summary>The time each call may take; null for each call's own.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether requests are printed, not sent.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether replies that carry bytes or text are printed as they are, not as JSON.</summary>
    public bool Raw { get; init; }

    /// <summary>Takes results.</summary>
    public required Action<ReadOnlyMemory<byte>> Write { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
