using Kata.Rego.Fuzz;
using Kata.Testing.Fuzzing;

namespace Kata.Rego.Tests;

/// <summary>Whatever bytes a policy is: the outcome is a value, none, or an explained error.</summary>
public sealed class RegoFuzzTests
{
    private static readonly string[] Pieces =
    [
        "[", "]", "{", "}", "(", ")", "|", "_", "[_]", ":=", "=", "==", " in ", " not ", "some x in ", "every x in input.n { x }", " if ", " else := 1", "x", "input", "data.pstate",
        "\"", "`", "\\", "#", "\n", ";", ",", ".", "-", "1e308", "99999999999999999999999999999999999999999", "0.1", "null", "\ud83d\ude00", "set()", "p", "p[1]", "f(1)",
        "numbers.range(0, 99999)", "regex.match(`(a*)*$`, \"aaaa\")", "concat(\"\", input.n)", "with input as 1", "import data.x", "default p := 1\n", "package a\n", "{x | x := input.n[_]}", "[x | true]",
        " with input.n as [1] ", " with data.pstate as {} ", " with f as g ", " with count as f ", "default f(_) := 1\n", "p { true } { false }\n", "walk(input, [_, x])", "s[[_, x]]", "count(input.n, x)",
        "`(?i)[^k]\\pL`", "`\\p{Greek}{2,}`", "glob.match(\"**\", [\"/\"], \"a/b\")", "json.unmarshal(\"[1, {}]\")", "json.patch(input, input.n)", "object.union_n([input, input])", "replace(\"ab\", \"\", \"x\")",
    ];

    private static string Corpus => Path.Combine(AppContext.BaseDirectory, "corpus");

    [Fact]
    public void Run_CorpusAndMutants_EvaluatesOrExplains() =>
        FuzzRun.Over(FuzzRun.Corpus(Corpus), RegoFuzzTarget.Run, new FuzzOptions { MutantsPerSeed = 1500, Pieces = Pieces });

    [Fact]
    public void Corpus_Seeds_ArePoliciesThatEvaluate()
    {
        foreach (string file in Directory.GetFiles(Corpus))
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
}
