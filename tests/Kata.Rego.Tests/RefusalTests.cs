using Kata.Primitives;

namespace Kata.Rego.Tests;

/// <summary>What is refused when a policy is set, with the line and what is wrong there.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("p if { x == 1 }", "line 2, column 8", "the variable 'x' gets no value")]
    [InlineData("p if {\n  not y\n}", "line 3", "the variable 'y' gets no value")]
    [InlineData("p if { not input.a[_] == 1 }", "line 2", "'_' in a place where it finds no value")]
    [InlineData("p := y if { true }", "line 2", "the variable 'y'")]
    [InlineData("f(x) := 1\np := f", "line 3", "without its arguments")]
    [InlineData("f(x) := 1\np := f(1, 2)", "line 3", "takes 1 arguments, not 2")]
    [InlineData("p := count(1, 2)", "line 2", "takes 1 arguments")]
    [InlineData("q := 1\np := q(1)", "line 3", "is no function")]
    [InlineData("p := p", "line 2", "depends on itself")]
    [InlineData("a := b\nb := c\nc := [x | x := a]\np := 1", "line 2", "'a' depends on itself")]
    [InlineData("f(x) := f(x - 1)\np := f(2)", "line 2", "'f' depends on itself")]
    [InlineData("p if { x := 1; x := 2 }", "line 2", "declared twice")]
    [InlineData("p contains 1\np := 2", "line 3", "defined in another way")]
    [InlineData("f(x) := 1\nf(x, y) := 2", "line 3", "defined in another way")]
    [InlineData("default p := 1\ndefault p := 2", "line 3", "a second default")]
    [InlineData("default p := input.x", "line 2", "must be a constant")]
    [InlineData("p := \"abc", "line 2", "a string that does not end")]
    [InlineData("p := `abc", "line 2", "a raw string that does not end")]
    [InlineData("p := \"\\q\"", "line 2", "which is no escape")]
    [InlineData("p := [1, 2", "line 2", "expected ',', found the end of the policy")]
    [InlineData("p := 1 2", "line 2", "expected a rule")]
    [InlineData("p if { x := 1 y := 2 }", "line 2", "expected a new line")]
    [InlineData("p if { }", "line 2", "expected a value")]
    [InlineData("p if { ! x }", "line 2", "'!' is no character of the language")]
    [InlineData("p := {\"a\": 1, \"a\": 2}", "line 2", "two values for \"a\"")]
    [InlineData("input := 1", "line 2", "cannot name a rule")]
    [InlineData("p if { in }", "line 2", "found the keyword 'in'")]
    [InlineData("p := 1 else := 2", "line 2", "'else' after a definition that always holds")]
    [InlineData("p contains 1 if { true } else := 2", "line 2", "'else' after a rule that collects")]
    [InlineData("p if { false } else := 1 { true } { false }", "line 2", "a second body behind 'else'")]
    [InlineData("default f(1) := 1", "line 2", "not just a name")]
    [InlineData("default f([x]) := 1", "line 2", "not just a name")]
    [InlineData("default f(x) := x", "line 2", "must be a constant")]
    [InlineData("default f(x) := 1\nf(x, y) := 2", "line 3", "defined in another way")]
    [InlineData("p := 340282366920938463463374607431768211456", "line 2", "no number this agent can hold")]
    public void Parse_WrongPolicy_SaysWhereAndWhy(string rules, string where, string why)
    {
        KataException error = Assert.Throws<KataException>(() => Evaluations.Run(rules));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(where, error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p := http.send({})", "the function 'http.send'")]
    [InlineData("p := nosuch(1)", "the function 'nosuch'")]
    [InlineData("a.b := 1", "a rule named by a path")]
    [InlineData("a[1][2] := 1", "a rule named by a path")]
    [InlineData("p := data", "'data' as a whole")]
    [InlineData("p := data[input.x]", "'data' with a first member that is not written down")]
    [InlineData("p := data.test", "without the name of a rule")]
    [InlineData("p if { walk(input) }", "'walk' other than")]
    [InlineData("import foo.bar\np := 1", "import of 'foo.bar'")]
    [InlineData("p if { not some x in [1] }", "'not some'")]
    [InlineData("p if { regex.match(\"(?=a)\", \"a\") }", "the pattern")]
    [InlineData("p if { regex.match(`a\\p{Klingon}b`, \"a\") }", "the pattern")]
    public void Parse_BeyondTheSubset_NamesTheConstruct(string rules, string construct)
    {
        KataException error = Assert.Throws<KataException>(() => Evaluations.Run(rules));

        Assert.Equal(ErrorCode.Unsupported, error.Code);
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
        Assert.Contains(construct, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "expected 'package'")]
    [InlineData("package", "expected the name of the package")]
    [InlineData("package a\npackage b", "cannot name a rule")]
    public void Parse_NoPolicyAtAll_IsRefused(string text, string why) =>
        Assert.Contains(why, Assert.Throws<KataException>(() => RegoPolicy.Parse(text, new RegoLimits())).Message, StringComparison.Ordinal);
}
