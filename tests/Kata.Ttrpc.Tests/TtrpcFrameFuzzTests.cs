using Kata.Ttrpc.Fuzz;

namespace Kata.Ttrpc.Tests;

/// <summary>Runs the fuzz target over its corpus and over damaged copies of it, the same ones every time.</summary>
public sealed class TtrpcFrameFuzzTests
{
    private const int MutantsPerSeed = 300;

    public static TheoryData<string> Corpus() =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "corpus")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Corpus))]
    public void Run_SeedAndMutants_EndWell(string file)
    {
        byte[] seed = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "corpus", file));
        TtrpcFrameFuzzTarget.Run(seed);
        var random = new Random(seed.Length);
        for (int i = 0; i < MutantsPerSeed; i++)
        {
            byte[] mutant = Mutate(seed, random);
            try
            {
                TtrpcFrameFuzzTarget.Run(mutant);
            }
            catch (Exception error)
            {
                Assert.Fail($"{file}, mutant {i}: {Convert.ToHexStringLower(mutant)}\n{error}");
            }
        }
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        byte[] copy = [.. seed];
        for (int n = random.Next(1, 6); n > 0 && copy.Length > 0; n--)
        {
            int at = random.Next(copy.Length);
            switch (random.Next(6))
            {
                case 0:
                    copy[at] = (byte)random.Next(256);
                    break;
                case 1:
                    copy[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    copy = copy[..at];
                    break;
                case 3:
                    copy = [.. copy[..at], .. copy[(copy.Length / 2)..], .. copy[at..]];
                    break;
                case 4:
                    copy = [.. copy[..at], (byte)random.Next(8), .. copy[at..]];
                    break;
                default:
                    copy[at] = (byte)random.Next(4);
                    break;
            }
        }

        return copy;
    }
}
