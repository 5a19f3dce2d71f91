using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.AgentClient;

/// <summary>How an agent is dialled.</summary>
public sealed record AgentDialOptions
{
    /// <summary>The time from the first attempt until the agent must have answered.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Asked between attempts: a reason to stop trying, such as the end of the VMM, in words that tell what to do; null to go on. Must be quick.
    /// </summary>
    public Func<string?>? GiveUpReason { get; init; }

    /// <summary>Deadlines of the calls made later.</summary>
    public AgentDeadlines Deadlines { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where attempts are logged, at debug level.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
