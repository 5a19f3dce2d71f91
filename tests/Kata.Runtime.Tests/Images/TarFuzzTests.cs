using System.Runtime.CompilerServices;
using Kata.Runtime.Fuzz;
using Kata.Testing.Fuzzing;

namespace Kata.Runtime.Tests.Images;

/// <summary>Runs the fuzz target over its corpus and over damaged copies of it, the same ones every time.</summary>
public sealed class TarFuzzTests
{
    private static readonly string[] Pieces = ["0", "1", "2", "5", "7", "x", "L", "K", "g", "S", "=", "\n", " ", "\0"];

    [Fact]
    public void Run_CorpusAndMutants_NeverFailsOtherwiseThanByKataException() =>
        FuzzRun.Over(FuzzRun.Corpus(Corpus()), TarFuzzTarget.Run, new FuzzOptions { MutantsPerSeed = 2000, Pieces = Pieces, Repair = Seal });

    // A wrong checksum ends the run at once, so most mutants get a right one.
    private static byte[] Seal(byte[] mutant, Random random)
    {
        for (int at = 0; at + 512 <= mutant.Length && random.Next(8) != 0; at += 512)
        {
            if (mutant.AsSpan(at + 257, 5).SequenceEqual("ustar"u8))
            {
                byte[] header = mutant[at..(at + 512)];
                TarBuilder.Seal(header);
                header.CopyTo(mutant, at);
            }
        }

        return mutant;
    }

    private static string Corpus([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "../../../fuzz/Kata.Runtime/corpus");
}
