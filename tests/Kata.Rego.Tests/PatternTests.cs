using Kata.Rego.Evaluation;
using Kata.Rego.Patterns;

namespace Kata.Rego.Tests;

public sealed class PatternTests
{
    [Theory]
    [InlineData("^[0-9]+$", "123", true)]
    [InlineData("^[0-9]+$", "123\n", false)]
    [InlineData("a.c", "xabcx", true)]
    [InlineData("a.c", "a\nc", false)]
    [InlineData("(?s)a.c", "a\nc", true)]
    [InlineData("(?i)aBc", "AbC", true)]
    [InlineData("a(?i:B)c", "aBC", false)]
    [InlineData("(?m)^b$", "a\nb\nc", true)]
    [InlineData("^b$", "a\nb\nc", false)]
    [InlineData("^(a|b)*c?$", "abab", true)]
    [InlineData("^a{2,3}$", "a", false)]
    [InlineData("^a{2,3}$", "aaa", true)]
    [InlineData("^a{2,}$", "aaaaa", true)]
    [InlineData("^a{2}$", "aaa", false)]
    [InlineData("^[^/]+$", "a/b", false)]
    [InlineData("^[]a]+$", "]a", true)]
    [InlineData("^[a\\-z]+$", "-", true)]
    [InlineData("^[[:alnum:]_-]+$", "aZ_-9", true)]
    [InlineData("^\\w+\\s\\d+$", "ab_1 22", true)]
    [InlineData("^\\D\\W\\S$", "a-b", true)]
    [InlineData("\\bfoo\\b", "a foo b", true)]
    [InlineData("\\bfoo\\b", "afoo", false)]
    [InlineData("\\Bfoo", "afoo", true)]
    [InlineData("^\\x41\\x{42}$", "AB", true)]
    [InlineData("^.$", "\U0001F600", true)]
    [InlineData("^(?:a|ab)(?:c|bcd)$", "abcd", true)]
    [InlineData("", "anything", true)]
    [InlineData("^$", "", true)]
    [InlineData("(^|/)\\.\\.($|/)", "a/../b", true)]
    [InlineData("(^|/)\\.\\.($|/)", "a/..b", false)]
    [InlineData("^/run/kata-containers/shared/containers/([0-9a-f]{64}|[a-z0-9][a-z0-9.-]*)/rootfs$", "/run/kata-containers/shared/containers/pod-1/rootfs", true)]
    [InlineData("(?i)^[^k]$", "K", false)]
    [InlineData("(?i)^[^k]$", "k", false)]
    [InlineData("(?i)^[^k]$", "\u212A", false)]
    [InlineData("(?i)^[^k]$", "l", true)]
    [InlineData("(?i)^[^[:upper:]]$", "a", false)]
    [InlineData("(?i)^[[:^upper:]]$", "a", false)]
    [InlineData("(?i)^k$", "\u212A", true)]
    [InlineData("(?i)^s$", "\u017F", true)]
    [InlineData("(?i)^i$", "\u0130", false)]
    [InlineData("(?i)^i$", "\u0131", false)]
    [InlineData("(?i)^\u03C3$", "\u03C2", true)]
    [InlineData("(?i)^\u00E4$", "\u00C4", true)]
    [InlineData("(?i)^\u00DF$", "\u1E9E", true)]
    [InlineData("(?i)^\u00DF$", "SS", false)]
    [InlineData("(?i)^\\x{10428}$", "\U00010400", true)]
    [InlineData("(?i)^\\p{Lu}+$", "aB", true)]
    [InlineData("(?i)^\\P{Lu}$", "b", false)]
    [InlineData("(?i)^\\w$", "\u017F", false)]
    [InlineData("^\\pL+$", "a\u00E9\u4E2D", true)]
    [InlineData("^\\pL$", "1", false)]
    [InlineData("^\\PL$", "1", true)]
    [InlineData("^\\p{^L}$", "1", true)]
    [InlineData("^\\P{^L}$", "a", true)]
    [InlineData("^\\p{Lu}\\p{Ll}$", "\u00C4\u00E4", true)]
    [InlineData("^\\p{Nd}$", "\u0663", true)]
    [InlineData("^\\d$", "\u0663", false)]
    [InlineData("^\\w$", "\u00E4", false)]
    [InlineData("^\\s$", "\u00A0", false)]
    [InlineData("^\\s$", "\v", false)]
    [InlineData("^[[:space:]]$", "\v", true)]
    [InlineData("^\\p{Greek}+$", "\u03B1\u1F71", true)]
    [InlineData("^\\p{Greek}$", "a", false)]
    [InlineData("^\\p{Latin}+$", "Az\u00AA\u00E9", true)]
    [InlineData("^\\p{Latin}$", "1", false)]
    [InlineData("^\\p{Common}$", "1", true)]
    [InlineData("^\\p{Han}$", "\U00020000", true)]
    [InlineData("^[\\p{Cyrillic}\\d_]+$", "\u0436_1", true)]
    [InlineData("^[^\\pL]+$", "1_", true)]
    [InlineData("^[^\\pL]+$", "1a", false)]
    [InlineData("^\\p{Any}$", "\n", true)]
    [InlineData("^\\pC$", "\u0378", false)]
    [InlineData("^\\PC$", "\u0378", true)]
    [InlineData("^\\Qa.b*\\E+$", "a.b**", true)]
    [InlineData("^\\Qa.b\\E$", "axb", false)]
    [InlineData("^\\Q[x", "[x", true)]
    [InlineData("^\\101\\060$", "A0", true)]
    [InlineData("^(?U)a+", "aaa", true)]
    public void Match_PatternAndText_FitOrNot(string pattern, string text, bool fits) =>
        Assert.Equal(fits ? "true" : "false", Evaluations.Value("p := regex.match(input.p, input.t)", Input(pattern, text)));

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[a")]
    [InlineData("a**a)")]
    [InlineData("*a")]
    [InlineData("a{3,2}")]
    [InlineData("a{1001}")]
    [InlineData("(a{1000}){1000}")]
    [InlineData("((?:){1000}{1000}){1000}{1000}")]
    [InlineData("(?=a)")]
    [InlineData("(?<!a)b")]
    [InlineData("\\1")]
    [InlineData("\\p{Klingon}")]
    [InlineData("\\p{greek}")]
    [InlineData("\\p{}")]
    [InlineData("\\p{L")]
    [InlineData("\\p")]
    [InlineData("\\pQ")]
    [InlineData("[\\pQ]")]
    [InlineData("\\8")]
    [InlineData("(?P<a>x)(?P<a>y)")]
    [InlineData("\\C")]
    [InlineData("\\Z")]
    [InlineData("[z-a]")]
    [InlineData("\\")]
    [InlineData("a{")]
    public void Match_NoPattern_HasNoValue(string pattern)
    {
        Assert.Equal(Evaluations.Undefined, Evaluations.Value("p := regex.match(input.p, input.t)", Input(pattern, "a")));
        Assert.Equal("false", Evaluations.Value("p := regex.is_valid(input.p)", Input(pattern, "a")));
    }

    [Theory]
    [InlineData("regex.find_all_string_submatch_n(input.p, input.t, 1)[0][1]", "a(b+)c", "xabbcx", "\"bb\"")]
    [InlineData("regex.find_all_string_submatch_n(input.p, input.t, -1)", "(?P<n>a)|(b)", "ab", "[[\"a\", \"a\", \"\"], [\"b\", \"\", \"b\"]]")]
    [InlineData("regex.find_all_string_submatch_n(input.p, input.t, 1)[0][1]", "^/x/(?:y/)?(.*)$", "/x/y/z", "\"z\"")]
    [InlineData("regex.find_n(input.p, input.t, 2)", "[0-9]+", "1 22 333", "[\"1\", \"22\"]")]
    [InlineData("regex.find_n(input.p, input.t, -1)", "a*?", "aa", "[\"\", \"\", \"\"]")]
    [InlineData("regex.find_n(input.p, input.t, -1)", "a+|b", "aab", "[\"aa\", \"b\"]")]
    [InlineData("regex.find_n(input.p, input.t, -1)", "a*", "baaab", "[\"\", \"aaa\", \"\"]")]
    [InlineData("regex.find_n(input.p, input.t, -1)", "(?U)a+", "aa", "[\"a\", \"a\"]")]
    [InlineData("regex.find_n(input.p, input.t, -1)", "(?U)a+?", "aa", "[\"aa\"]")]
    [InlineData("regex.find_n(input.p, input.t, -1)", "x", "aa", "[]")]
    [InlineData("regex.find_n(input.p, input.t, 0)", "a", "aa", "[]")]
    [InlineData("regex.replace(input.t, input.p, \"<$2-${n}-$0-$9-$x-$$-$\")", "(?P<n>a)(b)", "ab", "\"<b-a-ab---$-$\"")]
    [InlineData("regex.replace(input.t, input.p, \"$1x\")", "(a)", "a", "\"\"")]
    [InlineData("regex.replace(input.t, input.p, \"${1}x${\")", "(a)", "a", "\"ax${\"")]
    [InlineData("regex.replace(input.t, input.p, \"-\")", "", "ab", "\"-a-b-\"")]
    [InlineData("regex.split(input.p, input.t)", "x*", "axbc", "[\"a\", \"b\", \"c\"]")]
    [InlineData("regex.split(input.p, input.t)", "", "abc", "[\"a\", \"b\", \"c\"]")]
    [InlineData("regex.split(input.p, input.t)", ",", ",a,", "[\"\", \"a\", \"\"]")]
    [InlineData("regex.split(input.p, input.t)", ",", "", "[\"\"]")]
    [InlineData("regex.replace(input.t, input.p, \"-\")", "[0-9]+", "a1b22", "\"a-b-\"")]
    [InlineData("regex.split(input.p, input.t)", ",\\s*", "a, b,c", "[\"a\", \"b\", \"c\"]")]
    public void Function_OfPatterns_HasItsValue(string expression, string pattern, string text, string value) =>
        Assert.Equal(value, Evaluations.Value("p := " + expression, Input(pattern, text)));

    [Fact]
    public void Match_PatternsThatARequestChooses_DoNotPileUp()
    {
        var cache = new PatternCache();
        for (int i = 0; i < 10_000; i++)
        {
            cache.Add(new PatternKey($"a{i}", null), Pattern.TryParse($"a{i}", out int size), size);
            Assert.True(cache.TryGet(new PatternKey("a0", null), out Pattern? used) && used is not null); // what is used stays
        }

        Assert.InRange(cache.Count, 1, 1025);
        Assert.False(cache.TryGet(new PatternKey("a5", null), out _));
        cache.Add(new PatternKey(new string('x', 5000), null), null, 1);
        Assert.False(cache.TryGet(new PatternKey(new string('x', 5000), null), out _));
    }

    [Fact]
    public void Match_TextThatIsBothKinds_IsEachKindInItsPlace()
    {
        // One policy, whose request chooses the regular expression: what it leaves behind must not change the path pattern.
        RegoPolicy policy = RegoPolicy.Parse("package test\np := [regex.match(input.p, input.t), glob.match(\"*.b\", [], input.t), glob.match(\"*.b\", null, input.t)]", new RegoLimits());
        foreach ((string pattern, string text, string value) in new[]
        {
            ("glob .\0*.b", "a.b", "[false, true, true]"), (".*.b", "xxb", "[true, false, false]"), ("*.b", "a.b", Evaluations.Undefined),
            ("a", "c.a.b", "[true, false, true]"), ("a.b", "a.b", "[true, true, true]"),
        })
        {
            var input = Values.RegoObject.Of([new KeyValuePair<string, Values.RegoValue>("p", Values.RegoValue.Of(pattern)), new("t", Values.RegoValue.Of(text))]);

            Assert.Equal(value, policy.Evaluate("p", input, Values.RegoObject.Empty, TimeProvider.System, TestContext.Current.CancellationToken).Value?.ToString() ?? Evaluations.Undefined);
        }
    }

    [Fact]
    public void Match_SamePatternAgain_IsNotCompiledAgain()
    {
        // 9,000 instructions: three compilations would exceed the limit of parts.
        RegoPolicy policy = RegoPolicy.Parse("package test\np := count([1 | some t in input.t; regex.match(input.p, t)])", new RegoLimits { MaxCells = 20_000 });
        Values.RegoValue input = Evaluations.Literal("{\"p\": \"^(a{100}){20}$\", \"t\": [\"b\", \"c\"]}");

        for (int i = 0; i < 20; i++)
        {
            RegoResult result = policy.Evaluate("p", input, Values.RegoObject.Empty, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Equal("0", result.Value?.ToString() ?? result.Failure?.Message);
        }
    }

    [Theory]
    [InlineData("(a*)*b", "a")]
    [InlineData("(a|a)*b", "a")]
    [InlineData("(a|aa)+$x", "a")]
    [InlineData("(.*)(.*)(.*)(.*)(.*)[^a]", "a")]
    [InlineData("(a?){50}a{50}b", "a")]
    [InlineData("^(([a-z])+.)+[A-Z]([a-z])+$", "a")]
    [InlineData("(?i)(\\pL+\\PL?)*\\d", "\u00E4")]
    [InlineData("(x+x+)+y", "x")]
    public void Match_PatternsThatMakeOthersBacktrack_TakeTimeInProportion(string pattern, string letter)
    {
        const int Length = 20_000;
        Pattern parsed = Pattern.TryParse(pattern, out int size)!;
        var budget = new Budget(new RegoLimits { MaxSteps = 4L * Length * letter.Length * size, MaxTime = TimeSpan.FromMinutes(5) }, TimeProvider.System, CancellationToken.None);

        Assert.Null(parsed.Find(string.Concat(Enumerable.Repeat(letter, Length)), 0, budget));
    }

    private static string Input(string pattern, string text) =>
        $"{{\"p\": {new Values.RegoString(pattern)}, \"t\": {new Values.RegoString(text)}}}";
}
