namespace Kata.Linux.Sockets;

/// <summary>How an <see cref="FdStream"/> behaves.</summary>
public sealed record FdStreamOptions
{
    /// <summary>What it means that read(2) returns 0.</summary>
    public EmptyRead EmptyRead { get; init; }

    /// <summary>
    /// Whether what awaits a read or write runs on the thread that polls for the whole process: saves a thread hop per message, and holds up every other
    /// stream while it runs. Only for code that never blocks and does little.
    /// </summary>
    public bool InlineCompletions { get; init; }
}
