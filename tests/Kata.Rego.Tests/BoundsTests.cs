using System.Diagnostics;
using Kata.Primitives;

namespace Kata.Rego.Tests;

/// <summary>Policies and requests that are made to hang or crash the agent end with an error.</summary>
public sealed class BoundsTests
{
    [Theory]
    [InlineData("r := numbers.range(1, 5000)\np if { some a in r; some b in r; a * b == -1 }", "steps")]
    [InlineData("p := count([x | x := numbers.range(1, 400)[_]; y := numbers.range(1, 400)[_]; z := numbers.range(1, 400)[_]])", "parts of values")]
    [InlineData("p := numbers.range(1, 2000000000)", "more than")]
    [InlineData("a := concat(\"\", [x | x := \"0123456789abcdef\"; some _ in numbers.range(1, 1000)])\nb := replace(a, \"0\", a)\nc := replace(b, \"0\", b)\np := replace(c, \"0\", c)", "parts of values")]
    [InlineData("p if { x := numbers.range(1, 100000); some _ in numbers.range(1, 1000); x == array.concat(x, [1]) }", "parts of values")]
    [InlineData("p if { x := numbers.range(1, 100000); some _ in numbers.range(1, 1000); x != input.list; false }", "steps")]
    [InlineData("p if { t := concat(\"\", [\"a\" | some _ in numbers.range(1, 3000)]); some _ in numbers.range(1, 1000); regex.match(\"(a*)*(a*)*(a*)*b\", t) }", "steps")]
    [InlineData("p if { t := concat(\"\", [\"a\" | some _ in numbers.range(1, 20000)]); some n in numbers.range(1, 1000); regex.match(\"[^a]{1000}$\", t); n < 0 }", "steps")]
    public void Evaluate_WithoutEnd_IsStopped(string rules, string limit)
    {
        var watch = Stopwatch.StartNew();
        string list = "[" + string.Join(',', Enumerable.Range(1, 50_000)) + "]";

        string outcome = Evaluations.Value(rules, $"{{\"list\": {list}}}", limits: new RegoLimits { MaxTime = TimeSpan.FromMinutes(5) });

        Assert.StartsWith("error:", outcome, StringComparison.Ordinal);
        Assert.Contains(limit, outcome, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"it took {watch.Elapsed}");
    }

    [Fact]
    public void Evaluate_LongChainOfRules_IsStopped()
    {
        string rules = string.Join('\n', Enumerable.Range(0, 5000).Select(i => $"r{i} := r{i + 1}")) + "\nr5000 := 1\np := r0";

        Assert.Contains("deep", Evaluations.Value(rules), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_NestingGrownByRules_IsStopped()
    {
        string rules = "r0 := 1\n" + string.Join('\n', Enumerable.Range(1, 190).Select(i => $"r{i} := [r{i - 1}]")) + "\np := r190";

        Assert.Contains("nests deeper", Evaluations.Value(rules), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_ManyNestedVisits_EndsInOneWayOrTheOther()
    {
        string body = string.Join('\n', Enumerable.Range(0, 490).Select(i => $"some x{i} in [1]"));

        Assert.Equal("true", Evaluations.Value($"p if {{\n{body}\n}}"));
    }

    [Fact]
    public void Evaluate_Cancelled_Stops()
    {
        using var gone = new CancellationTokenSource();
        gone.Cancel();
        RegoPolicy policy = RegoPolicy.Parse("package test\np if { some a in numbers.range(1, 50000); a < 0 }", new RegoLimits());

        Assert.Throws<OperationCanceledException>(() => policy.Evaluate("p", Values.RegoValue.Null, Values.RegoObject.Empty, TimeProvider.System, gone.Token));
    }

    [Fact]
    public void Evaluate_TimeIsUp_Stops()
    {
        string outcome = Evaluations.Value("p if { some a in numbers.range(1, 50000); a < 0 }", limits: new RegoLimits { MaxTime = TimeSpan.FromTicks(1) });

        Assert.Contains("takes longer", outcome, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('(')]
    [InlineData('{')]
    [InlineData('-')]
    public void Parse_DeepNesting_IsRefused(char open) => AssertRefused("p := " + new string(open, 100_000));

    [Theory]
    [InlineData("+ 1 ")]
    [InlineData("in 1 ")]
    [InlineData("== 1 ")]
    [InlineData("| (1 ")]
    public void Parse_LongChain_IsRefused(string link) => AssertRefused("p := 1 " + string.Concat(Enumerable.Repeat(link, 100_000)));

    [Fact]
    public void Parse_LongElse_IsRefused() => AssertRefused("p if { false } " + string.Concat(Enumerable.Repeat("else if { false } ", 10_000)));

    [Theory]
    [InlineData("import input.input\np := input")]
    [InlineData("import data.x as data\np := data.y")]
    [InlineData("import input as data\nimport data as input\np := input.x")]
    public void Parse_ImportThatHidesItsDocument_IsRefusedOrHarmless(string rules)
    {
        try
        {
            Evaluations.Run(rules);
        }
        catch (KataException error)
        {
            Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        }
    }

    private static void AssertRefused(string rules)
    {

        KataException error = Assert.Throws<KataException>(() => Evaluations.Run(rules));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
    }

    [Fact]
    public void Parse_ManyLargePatterns_IsRefused()
    {
        string rules = string.Join('\n', Enumerable.Range(0, 150).Select(i => $"p if {{ regex.match(`(a{{900}}){{10}}{i}`, \"\") }}"));

        KataException error = Assert.Throws<KataException>(() => Evaluations.Run(rules));

        Assert.Contains("too large taken together", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TooLong_IsRefused()
    {
        Assert.Throws<KataException>(() => Evaluations.Run(new string('#', 3 * 1024 * 1024)));
        Assert.Throws<KataException>(() => Evaluations.Run(new string('\n', 300_000)));
        Assert.Throws<KataException>(() => Evaluations.Run("p := [" + string.Concat(Enumerable.Repeat("1,", 300_000)) + "1]"));
    }

    [Fact]
    public void Parse_BodyInReverseOrder_IsQuickOrRefused()
    {
        string body = string.Join('\n', Enumerable.Range(0, 450).Select(i => $"x{i} := x{i + 1}")) + "\nx450 := 1";

        Assert.Equal("1", Evaluations.Value($"p := x0 if {{\n{body}\n}}"));
    }
}
