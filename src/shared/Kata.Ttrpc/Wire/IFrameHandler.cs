namespace Kata.Ttrpc.Wire;

/// <summary>One end of a connection, as the receive loop sees it. Calls come one after the other.</summary>
internal interface IFrameHandler
{
    /// <summary>Takes a frame. Must neither block nor throw on anything a peer can send.</summary>
    /// <param name="header">The header; its length is that of <paramref name="body"/>.</param>
    /// <param name="body">Valid only during the call, unless the result says that its buffer was given away.</param>
    FrameResult OnFrame(FrameHeader header, ReadOnlyMemory<byte> body);

    /// <summary>A frame longer than the limit was announced; its body is discarded as it arrives.</summary>
    FrameResult OnOversizedFrame(FrameHeader header);
}
