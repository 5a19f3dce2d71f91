using System.Runtime.CompilerServices;

using Kata.Runtime.Fuzz;

namespace Kata.Runtime.Tests.Images;

/// <summary>Runs the fuzz target over its corpus and over damaged copies of it, the same ones every time.</summary>
public sealed class TarFuzzTests
{
    private const int MutantsPerSeed = 2000;

    [Fact]
    public void Run_CorpusAndMutants_NeverFailsOtherwiseThanByKataException()
    {
        foreach (string file in Corpus())
        {
            byte[] seed = File.ReadAllBytes(file);
            TarFuzzTarget.Run(seed);
            var random = new Random(seed.Length);
            for (int i = 0; i < MutantsPerSeed; i++)
            {
                TarFuzzTarget.Run(Mutate(seed, random));
            }
        }
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        byte[] copy = [.. seed];
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            copy[random.Next(copy.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : "01257xLKgS=\n \0"u8[random.Next(14)];
        }

        // A wrong checksum ends the run at once, so most mutants get a right one.
        for (int at = 0; at + 512 <= copy.Length && random.Next(8) != 0; at += 512)
        {
            if (copy.AsSpan(at + 257, 5).SequenceEqual("ustar"u8))
            {
                byte[] header = copy[at..(at + 512)];
                TarBuilder.Seal(header);
                header.CopyTo(copy, at);
            }
        }

        return random.Next(4) == 0 ? copy[..random.Next(copy.Length)] : copy;
    }

    private static IEnumerable<string> Corpus([CallerFilePath] string source = "") =>
        Directory.GetFiles(Path.Combine(Path.GetDirectoryName(source)!, "../../../fuzz/Kata.Runtime/corpus")).Order(StringComparer.Ordinal);
}
