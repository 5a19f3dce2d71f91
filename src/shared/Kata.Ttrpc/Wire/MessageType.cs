namespace Kata.Ttrpc.Wire;

/// <summary>The eighth byte of a frame header. Peers ignore values they do not know.</summary>
internal enum MessageType : byte
{
    Request = 1,
    Response = 2,
    Data = 3,

    /// <summary>Ours, for byte channels that outlive a session: starts a new session. See <see cref="SessionMarker"/>.</summary>
    Session = 0xF1,
}
