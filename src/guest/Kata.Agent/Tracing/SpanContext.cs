namespace Kata.Agent.Tracing;

/// <summary>What names a span across machines, as W3C Trace Context has it.</summary>
/// <param name="TraceId">The trace; never 0.</param>
/// <param name="SpanId">The span; never 0.</param>
/// <param name="IsSampled">Whether anybody wants to see it.</param>
/// <param name="State">What other tracing systems passed along; at most 32 entries.</param>
internal readonly record struct SpanContext(UInt128 TraceId, ulong SpanId, bool IsSampled, IReadOnlyList<KeyValuePair<string, string>> State)
{
    /// <summary>A new span in the trace of another.</summary>
    public SpanContext Child() => this with { SpanId = NewId() };

    /// <summary>The first span of a new trace.</summary>
    public static SpanContext NewTrace() => new(new UInt128(NewId(), NewId()), NewId(), true, []);

    // Ids must be different, not secret; the runtime's generator is seeded by the kernel.
    private static ulong NewId() => (ulong)Random.Shared.NextInt64(1, long.MaxValue);
}
