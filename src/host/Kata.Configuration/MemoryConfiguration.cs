using Kata.Primitives;

namespace Kata.Configuration;

/// <summary>The VM's memory.</summary>
public sealed record MemoryConfiguration
{
    /// <summary>At boot; at least 256 MiB.</summary>
    public required ByteSize Size { get; init; }

    /// <summary>Most it can grow to; null means as much as the host has.</summary>
    public required ByteSize? Maximum { get; init; }

    /// <summary>Number of memory devices that can be added later.</summary>
    public required int Slots { get; init; }

    /// <summary>Take all of it from the host at start.</summary>
    public required bool Preallocate { get; init; }

    /// <summary>Back it with huge pages.</summary>
    public required bool HugePages { get; init; }

    /// <summary>Directory whose files back it; null means anonymous shared memory.</summary>
    public required string? FileBackend { get; init; }
}
