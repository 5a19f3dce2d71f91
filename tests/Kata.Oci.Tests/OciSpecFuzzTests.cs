using Kata.Oci.Fuzz;

namespace Kata.Oci.Tests;

/// <summary>Runs the fuzz target over its corpus and over damaged copies of it, the same ones every time.</summary>
public sealed class OciSpecFuzzTests
{
    private const int MutantsPerSeed = 400;

    [Fact]
    public void Run_CorpusAndMutants_NeverFailsOtherwiseThanByKataException()
    {
        foreach (string file in TestFiles.FuzzCorpus())
        {
            byte[] seed = File.ReadAllBytes(file);
            OciSpecFuzzTarget.Run(seed);
            var random = new Random(seed.Length);
            for (int i = 0; i < MutantsPerSeed; i++)
            {
                OciSpecFuzzTarget.Run(Mutate(seed, random));
            }
        }
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        byte[] copy = [.. seed];
        for (int n = random.Next(1, 5); n > 0 && copy.Length > 0; n--)
        {
            int at = random.Next(copy.Length);
            switch (random.Next(4))
            {
                case 0:
                    copy[at] = (byte)random.Next(256);
                    break;
                case 1:
                    copy = copy[..at];
                    break;
                case 2:
                    copy = [.. copy[..at], .. copy[at..], .. copy[..at]];
                    break;
                default:
                    copy[at] = "{}[]\",:0-9ntf\0"u8[random.Next(14)];
                    break;
            }
        }

        return copy;
    }
}
