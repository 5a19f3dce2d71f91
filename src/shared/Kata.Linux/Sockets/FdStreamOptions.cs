namespace Kata.Linux.Sockets;

/// <summary>How an <see cref="FdStream"/> behaves.</summary>
public sealed record FdStreamOptions
{
    /// <summary>What it means that read(2) returns 0.</summary>
    public EmptyRead EmptyRead { get; init; }
}
