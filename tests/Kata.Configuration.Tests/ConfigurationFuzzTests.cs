using System.Diagnostics;
using System.Text;
using Kata.Configuration.Fuzz;

namespace Kata.Configuration.Tests;

/// <summary>
/// Runs the fuzz target over its corpus and over damaged copies of it: the same ones every time, or new ones for as many seconds as
/// KATA_FUZZ_SECONDS says.
/// </summary>
public sealed class ConfigurationFuzzTests
{
    private const int MutantsPerSeed = 150;

    private static readonly string[] Pieces =
    [
        "[", "]", "[[", "{", "}", "\"", "'", "\"\"\"", "=", "\n", "#", ",", ".", "\\u0000", "\\", "\0", "\u0085", "\ud83d\ude00", "-1", "1e400", "0x7fffffffffffffff",
        "99999999999999999999", "nan", "true", "[hypervisor.qemu]", "[hypervisor.qemu.x]", "hypervisor.qemu.kernel", "default_vcpus = ", "a = ", "(", "(?=a)", "\\1",
    ];

    [Fact]
    public void Run_CorpusAndMutants_LoadsOrExplains()
    {
        List<byte[]> seeds = [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "corpus")).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        Assert.NotEmpty(seeds);
        bool timed = double.TryParse(Environment.GetEnvironmentVariable("KATA_FUZZ_SECONDS"), out double seconds);
        var random = timed ? new Random() : new Random(4711);
        var clock = Stopwatch.StartNew();

        seeds.ForEach(seed => ConfigurationFuzzTarget.Run(seed));
        for (int i = 0; timed ? clock.Elapsed.TotalSeconds < seconds : i < MutantsPerSeed * seeds.Count; i++)
        {
            byte[] mutant = Mutate(seeds[i % seeds.Count], random);
            try
            {
                ConfigurationFuzzTarget.Run(mutant);
            }
            catch (Exception error)
            {
                Assert.Fail($"{error}\ninput: {Convert.ToBase64String(mutant)}");
            }
        }
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        // The template is long; a window of it is as good and quicker.
        int from = random.Next(seed.Length);
        byte[] copy = seed.Length > 2000 ? seed[from..Math.Min(seed.Length, from + 1500)] : [.. seed];
        for (int n = random.Next(1, 6); n > 0 && copy.Length > 0; n--)
        {
            int at = random.Next(copy.Length);
            switch (random.Next(4))
            {
                case 0:
                    copy[at] = (byte)random.Next(256);
                    break;
                case 1:
                    copy = [.. copy[..at], .. copy[Math.Min(copy.Length, at + random.Next(1, 20))..]];
                    break;
                case 2:
                    copy = [.. copy[..at], .. copy[random.Next(copy.Length)..]];
                    break;
                default:
                    copy = [.. copy[..at], .. Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]), .. copy[at..]];
                    break;
            }
        }

        return copy;
    }
}
