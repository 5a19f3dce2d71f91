namespace Kata.Rego.Tests;

/// <summary>Statements that see other documents or functions than the rest of the policy.</summary>
public sealed class WithTests
{
    private const string Input = """{"user": "bob", "a": {"b": 1, "c": 2}, "l": [1, 2]}""";
    private const string Data = """{"pstate": {"k": "v", "n": {"m": 1}}}""";

    [Theory]
    [InlineData("q if { input.user == \"alice\" }\np if { q with input as {\"user\": \"alice\"} }", "true")]
    [InlineData("q if { input.user == \"alice\" }\np if { not q; q with input as {\"user\": \"alice\"}; not q }", "true")]
    [InlineData("p if { input.user == \"eve\" with input.user as \"eve\"; input.user == \"bob\" }", "true")]
    [InlineData("p := x if { x := input.a with input.a.b as 9 }", "{\"b\": 9, \"c\": 2}")]
    [InlineData("p := x if { x := input.new.deep with input.new.deep as [1] }", "[1]")]
    [InlineData("p := x if { x := input.user with input.user.name as \"n\" }", "{\"name\": \"n\"}")]
    [InlineData("p := x if { x := input with input as 5 }", "5")]
    [InlineData("p := x if { x := [input.a.b, input.a.c] with input.a.b as 8 with input.a.c as 9 }", "[8, 9]")]
    [InlineData("p := x if { y := 7; x := input.a.b with input.a.b as y + 1 }", "8")]
    [InlineData("p := x if { x := input.a.b with input.a.b as input.a.c }", "2")]
    [InlineData("p if { input.a.b == 1 with input.a.b as input.missing }", Evaluations.Undefined)]
    [InlineData("p if { not input.a.b == 5 with input.a.b as input.missing }", Evaluations.Undefined)]
    [InlineData("p if { not input.a.b == 1 with input.a.b as 2 }", "true")]
    [InlineData("p := [x | some x in input.l with input.l as [7, 8]]", "[7, 8]")]
    [InlineData("p if { every x in input.l { x > 6 } with input.l as [7, 8] }", "true")]
    [InlineData("p := [x | x := input.l[_] with input.l as [3]]", "[3]")]
    [InlineData("p := [[x, y] | x := input.l[_] with input.l as [3, 4]; y := input.l[_]]", "[[3, 1], [3, 2], [4, 1], [4, 2]]")]
    [InlineData("f(x) if { x == input.user }\np if { f(\"x\") with input.user as \"x\"; not f(\"x\") }", "true")]
    [InlineData("q contains x if { some x in input.l }\np := {x | some x in q with input.l as [9]} | q", "{1, 2, 9}")]
    [InlineData("default q := \"none\"\nq := \"some\" if { input.on }\np := [q, x] if { x := q with input.on as true }", "[\"none\", \"some\"]")]
    [InlineData("q := input.user\nr := x if { x := q with input.user as \"r\" }\np := [x, q] if { x := r with input.user as \"p\" }", "[\"r\", \"bob\"]")]
    public void With_Input_IsSeenByItsStatementAlone(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules, Input, Data));

    [Theory]
    [InlineData("p := x if { x := data.pstate.k with data.pstate.k as 5 }", "5")]
    [InlineData("p := x if { x := data.pstate with data.pstate.n.m as 5 }", "{\"k\": \"v\", \"n\": {\"m\": 5}}")]
    [InlineData("p := x if { x := data.other with data.other as 1 }", "1")]
    [InlineData("p := x if { x := data.pstate with data.pstate as {} }", "{}")]
    [InlineData("q := data.pstate.k\np := [q, x, q] if { x := q with data.pstate.k as \"w\" }", "[\"v\", \"w\", \"v\"]")]
    [InlineData("q := 1\np := x if { x := q with data.test.q as 2 }", "2")]
    [InlineData("q := 1\nr := q + 1\np := [x, r] if { x := r with data.test.q as 10 }", "[11, 2]")]
    [InlineData("q contains 1\np := x if { x := q with data.test.q as {5} }", "{5}")]
    public void With_Data_IsSeenByItsStatementAlone(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules, Input, Data));

    [Theory]
    [InlineData("f(x) := x + 1\np := x if { x := f(1) with f as 5 }", "5")]
    [InlineData("f(x) := x + 1\ng(x) := x * 10\np := [x, f(2)] if { x := f(2) with f as g }", "[20, 3]")]
    [InlineData("f(x) := x + 1\nq := f(1)\np := [x, q] if { x := q with data.test.f as 7 }", "[7, 2]")]
    [InlineData("p := x if { x := count([1, 2]) with count as 9 }", "9")]
    [InlineData("mine(x) := count(x) * 100\np := [x, count([1])] if { x := count([1, 2]) with count as mine }", "[200, 1]")]
    [InlineData("p := x if { x := upper(\"aB\") with upper as lower }", "\"ab\"")]
    [InlineData("p := x if { x := strings.reverse(\"ab\") with strings.reverse as upper }", "\"AB\"")]
    [InlineData("f(x) := g(x)\ng(x) := x\nh(x) := f(x) * 2\np := x if { x := f(3) with g as h }", "6")]
    public void With_Function_IsReplacedForItsStatementAlone(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules, Input, Data));

    [Theory]
    [InlineData("p if { true with x as 1 }", "'with' replaces")]
    [InlineData("p if { true with data as {} }", "'with data' without a member")]
    [InlineData("p if { true with data.test as {} }", "'with' for a package")]
    [InlineData("p if { true with data.test.nosuch as {} }", "no rule of this policy")]
    [InlineData("q := {\"a\": 1}\np if { q.a == 2 with data.test.q.a as 2 }", "a member of a rule")]
    [InlineData("p if { true with input[x] as 1; x := 1 }", "not written down")]
    [InlineData("f(x) := 1\ng(x, y) := 1\np if { f(1) with f as g }", "a function of 2 arguments in the place of one of 1")]
    [InlineData("p if { true with input }", "expected 'as'")]
    [InlineData("p if { true with input as x }", "the variable 'x' gets no value")]
    [InlineData("f(x) := 1\ng(x) := p\np if { f(1) with f as g }", "depends on itself")]
    public void With_WhatCannotBeReplaced_IsRefused(string rules, string why) =>
        Assert.Contains(why, Assert.ThrowsAny<Primitives.KataException>(() => Evaluations.Run(rules)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("q if { input.x > 0 }\np if { every i in numbers.range(1, 100000) { q with input.x as i } }")]
    [InlineData("p if { some a in numbers.range(1, 50000); some b in numbers.range(1, 50000); input.x == -1 with input.x as a * b }")]
    public void With_ManyTimes_IsCharged(string rules) => Assert.Contains("more than", Evaluations.Value(rules), StringComparison.Ordinal);
}
