namespace Kata.Agent.Tracing;

/// <summary>What a span stands for, with the numbers of the wire format.</summary>
internal enum SpanKind
{
    /// <summary>A request that is served.</summary>
    Server = 1,

    /// <summary>Something inside of the agent.</summary>
    Internal = 4,
}
