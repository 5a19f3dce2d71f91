namespace Kata.Linux.Sockets;

/// <summary>What it means that read(2) returns 0.</summary>
public enum EmptyRead
{
    /// <summary>The end: sockets, pipes, files.</summary>
    EndOfStream,

    /// <summary>
    /// The other side is not there now: wait for it. A virtio-serial port returns 0 as long as the host has not opened its side, and again after it closed it.
    /// </summary>
    WaitForPeer,

    /// <summary>Wait for the other side until it has sent something; after that, the end. Makes one stream of one visit of the peer.</summary>
    WaitForFirstByte,
}
