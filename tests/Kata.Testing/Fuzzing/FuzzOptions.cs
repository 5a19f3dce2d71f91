namespace Kata.Testing.Fuzzing;

/// <summary>How seeds are damaged.</summary>
public sealed record FuzzOptions
{
    /// <summary>Damaged copies of each seed.</summary>
    public int MutantsPerSeed { get; init; } = 500;

    /// <summary>Texts that mean something to the target, which are put in here and there.</summary>
    public IReadOnlyList<string> Pieces { get; init; } = [];

    /// <summary>The longest part of a seed that is damaged and run, in bytes: a part of a long seed is as good, and quicker.</summary>
    public int Window { get; init; } = int.MaxValue;

    /// <summary>Makes a mutant right again in what would end every run at once, such as a checksum.</summary>
    public Func<byte[], Random, byte[]>? Repair { get; init; }
}
