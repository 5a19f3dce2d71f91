namespace Kata.AgentClient;

/// <summary>How long calls to the agent may take when the caller gives no deadline of its own.</summary>
public sealed record AgentDeadlines
{
    /// <summary>Health.Check.</summary>
    public TimeSpan Check { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>CreateContainer, which may have much to mount or copy.</summary>
    public TimeSpan CreateContainer { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Every other call that ends by itself.</summary>
    public TimeSpan Default { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The time a method has, or null for those that wait for a process or an event as long as it takes.</summary>
    public TimeSpan? For(string method) => method switch
    {
        // WriteStdin too: a process may leave its input unread as long as it likes, and what was not written must not be lost.
        "WaitProcess" or "GetOOMEvent" or "ReadStdout" or "ReadStderr" or "WriteStdin" => null,
        "Check" => Check,
        "CreateContainer" => CreateContainer,
        _ => Default,
    };
}
