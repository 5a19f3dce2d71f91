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
    [InlineData("\\pL")]
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
    [InlineData("regex.replace(input.t, input.p, \"-\")", "[0-9]+", "a1b22", "\"a-b-\"")]
    [InlineData("regex.split(input.p, input.t)", ",\\s*", "a, b,c", "[\"a\", \"b\", \"c\"]")]
    public void Function_OfPatterns_HasItsValue(string expression, string pattern, string text, string value) =>
        Assert.Equal(value, Evaluations.Value("p := " + expression, Input(pattern, text)));

    private static string Input(string pattern, string text) =>
        $"{{\"p\": {new Values.RegoString(pattern)}, \"t\": {new Values.RegoString(text)}}}";
}
