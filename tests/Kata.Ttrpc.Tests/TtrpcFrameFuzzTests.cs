using Kata.Testing.Fuzzing;
using Kata.Ttrpc.Fuzz;

namespace Kata.Ttrpc.Tests;

/// <summary>Runs the fuzz target over its corpus and over damaged copies of it, the same ones every time.</summary>
public sealed class TtrpcFrameFuzzTests
{
    public static TheoryData<string> Corpus() =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "corpus")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Corpus))]
    public void Run_SeedAndMutants_EndWell(string file)
    {
        byte[] seed = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "corpus", file));

        FuzzRun.Over([seed], TtrpcFrameFuzzTarget.Run, new FuzzOptions { MutantsPerSeed = 300, Pieces = ["\0", "\u0001", "\u0002", "\u0003"] });
    }
}
