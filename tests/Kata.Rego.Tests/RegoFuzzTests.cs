using System.Diagnostics;
using System.Text;
using Kata.Rego.Fuzz;

namespace Kata.Rego.Tests;

/// <summary>
/// Runs the fuzz target over its corpus and over damaged copies of it: the same ones every time, or new ones for as many seconds as
/// KATA_FUZZ_SECONDS says.
/// </summary>
public sealed class RegoFuzzTests
{
    private const int MutantsPerSeed = 1500;

    private static readonly string[] Pieces =
    [
        "[", "]", "{", "}", "(", ")", "|", "_", "[_]", ":=", "=", "==", " in ", " not ", "some x in ", "every x in input.n { x }", " if ", " else := 1", "x", "input", "data.pstate",
        "\"", "`", "\\", "#", "\n", ";", ",", ".", "-", "1e308", "99999999999999999999999999999999999999999", "0.1", "null", "\ud83d\ude00", "set()", "p", "p[1]", "f(1)",
        "numbers.range(0, 99999)", "regex.match(`(a*)*$`, \"aaaa\")", "concat(\"\", input.n)", "with input as 1", "import data.x", "default p := 1\n", "package a\n", "{x | x := input.n[_]}", "[x | true]",
        " with input.n as [1] ", " with data.pstate as {} ", " with f as g ", " with count as f ", "default f(_) := 1\n", "p { true } { false }\n", "walk(input, [_, x])", "s[[_, x]]", "count(input.n, x)",
        "`(?i)[^k]\\pL`", "`\\p{Greek}{2,}`", "glob.match(\"**\", [\"/\"], \"a/b\")", "json.unmarshal(\"[1, {}]\")", "json.patch(input, input.n)", "object.union_n([input, input])", "replace(\"ab\", \"\", \"x\")",
    ];

    [Fact]
    public void Run_CorpusAndMutants_EvaluatesOrExplains()
    {
        List<byte[]> seeds = [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "corpus")).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        Assert.NotEmpty(seeds);
        bool timed = double.TryParse(Environment.GetEnvironmentVariable("KATA_FUZZ_SECONDS"), out double seconds);
        var random = timed ? new Random() : new Random(4711);
        var clock = Stopwatch.StartNew();

        seeds.ForEach(seed => RegoFuzzTarget.Run(seed));
        for (int i = 0; timed ? clock.Elapsed.TotalSeconds < seconds : i < MutantsPerSeed * seeds.Count; i++)
        {
            byte[] mutant = Mutate(seeds, seeds[i % seeds.Count], random);
            try
            {
                RegoFuzzTarget.Run(mutant);
            }
            catch (Exception error)
            {
                Assert.Fail($"{error}\ninput: {Convert.ToBase64String(mutant)}");
            }
        }
    }

    [Fact]
    public void Corpus_Seeds_ArePoliciesThatEvaluate()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "corpus")))
        {
            RegoPolicy policy = RegoPolicy.Parse(File.ReadAllText(file), new RegoLimits());

            foreach (string rule in new[] { "p", "CreateContainerRequest" }.Where(policy.Has))
            {
                RegoResult result = RegoFuzzTarget.Evaluate(policy, rule);
                Assert.True(result.Value is not null, $"{file}: {rule}: {result.Failure?.Message ?? "no value"}");
            }

            Assert.True(policy.Has("p") || policy.Has("CreateContainerRequest"), file);
        }
    }

    private static byte[] Mutate(List<byte[]> seeds, byte[] seed, Random random)
    {
        byte[] copy = [.. seed];
        for (int n = random.Next(1, 5); n > 0 && copy.Length > 0; n--)
        {
            int at = random.Next(copy.Length);
            byte[] other = seeds[random.Next(seeds.Count)];
            int from = random.Next(other.Length);
            copy = random.Next(5) switch
            {
                0 => [.. copy[..at], (byte)random.Next(256), .. copy[(at + 1)..]],
                1 => [.. copy[..at], .. copy[Math.Min(copy.Length, at + random.Next(1, 20))..]],
                2 => [.. copy[..at], .. other[from..Math.Min(other.Length, from + random.Next(1, 60))], .. copy[at..]],
                3 => Line(copy, random),
                _ => [.. copy[..at], .. Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]), .. copy[at..]],
            };
        }

        return copy;
    }

    // Moves a line, which leaves most of a policy as it was.
    private static byte[] Line(byte[] text, Random random)
    {
        List<string> lines = [.. Encoding.UTF8.GetString(text).Split('\n')];
        string line = lines[random.Next(lines.Count)];
        lines.Insert(random.Next(lines.Count), line);
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }
}
