using Google.Protobuf;

namespace Kata.Testing.Agents;

/// <summary>One call the fake agent has received.</summary>
/// <param name="Method">Its name as in the service.</param>
/// <param name="Request">Its request.</param>
public sealed record AgentCall(string Method, IMessage Request);
