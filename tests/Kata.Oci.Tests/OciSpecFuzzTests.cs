using Kata.Oci.Fuzz;
using Kata.Testing.Fuzzing;

namespace Kata.Oci.Tests;

/// <summary>Runs the fuzz target over its corpus and over damaged copies of it, the same ones every time.</summary>
public sealed class OciSpecFuzzTests
{
    private static readonly string[] Pieces = ["{", "}", "[", "]", "\"", ",", ":", "-", "0", "9", "null", "true", "\0", "1e999"];

    [Fact]
    public void Run_CorpusAndMutants_NeverFailsOtherwiseThanByKataException() =>
        FuzzRun.Over([.. TestFiles.FuzzCorpus().Select(File.ReadAllBytes)], OciSpecFuzzTarget.Run, new FuzzOptions { MutantsPerSeed = 400, Pieces = Pieces });
}
