namespace Kata.Ttrpc.Wire;

/// <summary>What follows from a frame.</summary>
/// <param name="Work">The callers' or handlers' code to run now; never on the receive loop's own time.</param>
/// <param name="Wait">When set, no further frame is read before this completes: a stream's reader is behind.</param>
/// <param name="BufferGivenAway">The rented array that the frame's body is in belongs to whoever took its bytes.</param>
internal readonly record struct FrameResult(IFrameWork? Work, Task? Wait = null, bool BufferGivenAway = false)
{
    public static FrameResult Nothing => default;
}
