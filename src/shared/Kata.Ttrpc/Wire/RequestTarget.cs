using Grpc.Core;

namespace Kata.Ttrpc.Wire;

/// <summary>The parts of a request beside its message.</summary>
internal readonly record struct RequestTarget(string Service, string Method, long TimeoutNano, Metadata? Metadata);
