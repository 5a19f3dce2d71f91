using Grpc.Core;

namespace Kata.Ttrpc.Server;

/// <summary>What every call is made of, whatever its kind.</summary>
/// <param name="Connection">Where it came from.</param>
/// <param name="Session">The session of the connection it belongs to.</param>
/// <param name="StreamId">The stream to answer on.</param>
/// <param name="Headers">Its metadata, if it has any.</param>
/// <param name="Timeout">How long the client waits; null: for ever.</param>
internal readonly record struct ServerCallInfo(ServerConnection Connection, int Session, uint StreamId, Metadata? Headers, TimeSpan? Timeout);
