namespace Kata.Ttrpc;

/// <summary>
/// Bytes of a reply that are somewhere else, such as in a pipe, and go from there to the transport when it is the reply's turn. Disposed once, whether
/// they were sent or not.
/// </summary>
public interface IReplyTail : IDisposable
{
    /// <summary>How many they are; at least 1. Never changes.</summary>
    int Length { get; }

    /// <summary>Writes all of them: the frame that announces their length has begun. Once at most.</summary>
    /// <exception cref="IOException">They cannot be written, or are not there; the connection is over.</exception>
    ValueTask WriteToAsync(Stream transport, CancellationToken cancellationToken);
}
