using System.Diagnostics;

namespace Kata.Testing.Fuzzing;

/// <summary>
/// Runs a fuzz target over seeds and over damaged copies of them: the same ones every time, or new ones for as many seconds as KATA_FUZZ_SECONDS says.
/// </summary>
public static class FuzzRun
{
    private const int Start = 4711;

    /// <summary>The files of a corpus, in the order of their names.</summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public static IReadOnlyList<byte[]> Corpus(string directory)
    {
        string[] files = [.. Directory.GetFiles(directory).Order(StringComparer.Ordinal)];
        return files.Length > 0 ? Array.ConvertAll(files, File.ReadAllBytes) : throw new InvalidOperationException($"{directory} has no seeds");
    }

    /// <summary>Runs the target.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has the input, in base64.</exception>
    public static void Over(IReadOnlyList<byte[]> seeds, FuzzTarget target, FuzzOptions options)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(options);
        bool timed = double.TryParse(Environment.GetEnvironmentVariable("KATA_FUZZ_SECONDS"), out double seconds);
        var mutants = new Mutants(seeds, options, timed ? new Random() : new Random(Start));
        var clock = Stopwatch.StartNew();
        foreach (byte[] seed in seeds)
        {
            One(seed, target);
        }

        for (int i = 0; timed ? clock.Elapsed.TotalSeconds < seconds : i < options.MutantsPerSeed * seeds.Count; i++)
        {
            One(mutants.Of(seeds[i % seeds.Count]), target);
        }
    }

    private static void One(byte[] input, FuzzTarget target)
    {
        try
        {
            target(input);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{error}\ninput: {Convert.ToBase64String(input)}", error);
        }
    }
}
