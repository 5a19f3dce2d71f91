namespace Kata.Ttrpc.Wire;

/// <summary>The ninth byte of a frame header; 0 throughout before ttrpc 1.2.</summary>
[Flags]
internal enum MessageFlags : byte
{
    None = 0,

    /// <summary>The sender sends nothing more on this stream.</summary>
    RemoteClosed = 1,

    /// <summary>On a request: the sender goes on with data frames.</summary>
    RemoteOpen = 2,

    /// <summary>A data frame without a message, as opposed to one with an empty message.</summary>
    NoData = 4,
}
