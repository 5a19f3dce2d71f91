namespace Kata.Ttrpc;

/// <summary>A connection that was accepted.</summary>
/// <param name="Transport">A bidirectional stream with truly asynchronous reads; disposed by the server.</param>
/// <param name="Peer">Who connected.</param>
public sealed record TtrpcConnection(Stream Transport, PeerCredentials Peer);
