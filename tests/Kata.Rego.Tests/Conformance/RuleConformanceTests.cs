using Kata.Primitives;

namespace Kata.Rego.Tests.Conformance;

/// <summary>What the language says of rules: each case is a policy of our own, its request and what rule <c>p</c> comes to.</summary>
public sealed class RuleConformanceTests
{
    private const string Undefined = Evaluations.Undefined;

    private const string Request = """
        {"name": "web", "port": 80, "on": true, "off": false, "nothing": null, "tags": ["a", "b", "a"], "limits": {"cpu": 2, "memory": 64},
         "mounts": [{"source": "/a", "options": ["ro"]}, {"source": "/b", "options": ["rw", "exec"]}], "empty": [], "none": {}}
        """;

    // A part without a value takes the whole expression, statement and definition with it.
    [Theory]
    [InlineData("p := input.missing", Undefined)]
    [InlineData("p := input.name.deeper", Undefined)]
    [InlineData("p := input.tags[7]", Undefined)]
    [InlineData("p := input.tags[\"0\"]", Undefined)]
    [InlineData("p := input.tags[0.5]", Undefined)]
    [InlineData("p := input.tags[1.0]", "\"b\"")]
    [InlineData("p := [1, input.missing]", Undefined)]
    [InlineData("p := {\"a\": input.missing}", Undefined)]
    [InlineData("p := {input.missing}", Undefined)]
    [InlineData("p := count(input.missing)", Undefined)]
    [InlineData("p := input.missing == 1", Undefined)]
    [InlineData("p := input.missing != 1", Undefined)]
    [InlineData("p := 1 if { input.missing != 1 }", Undefined)]
    [InlineData("p := input.nothing", "null")]
    [InlineData("p if { input.nothing }", "true")]
    [InlineData("p if { input.off }", Undefined)]
    [InlineData("p if { input.off == false }", "true")]
    [InlineData("p := input.off", "false")]
    [InlineData("q := input.missing\np := [q]", Undefined)]
    [InlineData("f(x) := x\np := f(input.missing)", Undefined)]
    [InlineData("f(x) := 1\np := f(input.missing)", Undefined)]
    [InlineData("p := [x | x := input.missing]", "[]")]
    [InlineData("p := {k: v | some k, v in input.missing}", "{}")]
    [InlineData("p := count({x | some x in input.missing})", "0")]
    [InlineData("p := x if { x := object.get(input, \"missing\", \"d\") }", "\"d\"")]
    [InlineData("p := 1 in input.missing", Undefined)]
    [InlineData("p := (input.missing in [1])", Undefined)]
    public void Undefined_InAnExpression_TakesTheRestWithIt(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules, Request));

    [Theory]
    [InlineData("p = 3", "3")]
    [InlineData("p := 3 { true }", "3")]
    [InlineData("p if input.on", "true")]
    [InlineData("p := \"a\" if input.off", Undefined)]
    [InlineData("p := x + 1 if { x := 1 }", "2")]
    [InlineData("p if { input.on } { input.missing }", "true")]
    [InlineData("p { input.off } { input.on }", "true")]
    [InlineData("p := 7 { input.off } { input.on }", "7")]
    [InlineData("default p := {\"a\": [1, {2}]}", "{\"a\": [1, {2}]}")]
    [InlineData("default p := []\np := [1] if { input.missing }", "[]")]
    [InlineData("default p := 1\np := 2 if { input.on }", "2")]
    [InlineData("default p := -1", "-1")]
    [InlineData("p := 1 if { input.off } else := 2 if { input.off }", Undefined)]
    [InlineData("p := 1 if { input.off } else := input.missing if { true } else := 3", "3")]
    [InlineData("p := 1 if input.off\nelse := 2 if input.on\nelse := 3", "2")]
    [InlineData("p := x if { x := input.missing } else := \"e\"", "\"e\"")]
    [InlineData("default p := 9\np := 1 if { input.off } else := 2 if { input.missing }", "9")]
    [InlineData("p if { some x in input.tags; x == \"b\" }", "true")]
    [InlineData("p := x if { some x in [1, 1] }", "1")]
    [InlineData("p := true if { false }\np := true if { true }", "true")]
    [InlineData("p := 1 if { input.name == \"web\" }\np := 1 if { input.port == 80 }", "1")]
    public void CompleteRule_ByItsDefinitions_HasOneValue(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules, Request));

    [Theory]
    [InlineData("p := 1 if { input.on }\np := 2 if { input.on }")]
    [InlineData("p := x if { some x in input.tags }")]
    [InlineData("p := false\np := true")]
    [InlineData("p := 1 if { input.off } else := 2\np := 3")]
    [InlineData("q := 1\nq := 2\np if { q == 1 }")]
    [InlineData("q := 1\nq := 2\np if { not q }")]
    [InlineData("q := 1\nq := 2\np := [1 | q == 3]")]
    [InlineData("f(x) := x\nf(x) := x + 1\np := f(1)")]
    [InlineData("f(_) := y if { some y in [1, 2] }\np := f(1)")]
    [InlineData("p[\"a\"] := 1\np[\"a\"] := 2")]
    [InlineData("p[x] := i if { some i, x in input.tags }")]
    [InlineData("p := {x: i | some i, x in input.tags}")]
    public void Definitions_WithTwoValues_AreAnErrorAndNoAnswer(string rules)
    {
        RegoResult result = Evaluations.Run(rules, Request);

        Assert.Null(result.Value);
        Assert.Contains("two values", result.Failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p contains 1", "{1}")]
    [InlineData("p contains x if { some x in input.tags }", "{\"a\", \"b\"}")]
    [InlineData("p contains [x, y] if { some x in [1, 2]; some y in [3] }", "{[1, 3], [2, 3]}")]
    [InlineData("p contains x if { x := input.missing }", "set()")]
    [InlineData("p contains input.missing", "set()")]
    [InlineData("p contains \"x\"\np contains \"y\" if { input.off }", "{\"x\"}")]
    [InlineData("p[x] { x := input.tags[_] }", "{\"a\", \"b\"}")]
    [InlineData("p[\"a\"] { true }", "{\"a\"}")]
    [InlineData("p[\"a\"] := 1\np[\"b\"] := 2 if { input.on }\np[\"c\"] := 3 if { input.off }", "{\"a\": 1, \"b\": 2}")]
    [InlineData("p[x] := 1 if { some x in input.tags }", "{\"a\": 1, \"b\": 1}")]
    [InlineData("p[i] := m.source if { some i, m in input.mounts }", "{0: \"/a\", 1: \"/b\"}")]
    [InlineData("p[x] = 1 { x := input.tags[_] }", "{\"a\": 1, \"b\": 1}")]
    [InlineData("p[k] if some k in [1, 2]", "{1: true, 2: true}")]
    [InlineData("p[\"a\"] := input.missing", "{}")]
    [InlineData("q contains x if { some x in [1, 2, 3] }\np := [y | q[y]; y > 1]", "[2, 3]")]
    [InlineData("q[k] := k * 2 if { some k in [1, 2] }\np := [v | v := q[_]]", "[2, 4]")]
    [InlineData("q contains [1, \"a\"]\nq contains [2, \"b\"]\nq contains 3\np := {x | q[[x, \"b\"]]}", "{2}")]
    [InlineData("q contains {\"k\": 1, \"v\": 5}\nq contains {\"k\": 2, \"v\": 6}\np := [v | q[{\"k\": 2, \"v\": v}]]", "[6]")]
    [InlineData("q contains 1\np if { not q[2]; q[1]; 1 in q; not 2 in q }", "true")]
    [InlineData("q contains 1 if { false }\np if { q == set(); count(q) == 0 }", "true")]
    public void PartialRule_ByItsDefinitions_CollectsItsParts(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules, Request));

    [Theory]
    [InlineData("f(x) := x * 2\np := f(f(3))", "12")]
    [InlineData("f(x) if { x == 1 }\np := f(1)", "true")]
    [InlineData("f(x) if { x == 1 }\np := f(2)", Undefined)]
    [InlineData("f(x) if { x == 1 }\np if { not f(2) }", "true")]
    [InlineData("f(0) := \"zero\"\nf(x) := \"more\" if { x > 0 }\np := [f(0), f(5)]", "[\"zero\", \"more\"]")]
    [InlineData("f({\"a\": x, \"b\": [_, y]}) := [x, y]\np := f({\"a\": 1, \"b\": [2, 3]})", "[1, 3]")]
    [InlineData("f({\"a\": x}) := x\np := f({\"a\": 1, \"b\": 2})", Undefined)]
    [InlineData("f([x]) := x\np := f([1, 2])", Undefined)]
    [InlineData("f(x, x) := x\np := f(1, 1)", "refused")]
    [InlineData("default f(_) := \"no\"\nf(1) := \"one\"\np := [f(1), f(2)]", "[\"one\", \"no\"]")]
    [InlineData("default f(x) := 0\nf(x) := y if { y := x.n }\np := [f({\"n\": 4}), f(7)]", "[4, 0]")]
    [InlineData("default f(x, y) := false\np := f(1, 2)", "false")]
    [InlineData("default f(x) := 1\np := f(input.missing)", Undefined)]
    [InlineData("f(x) := \"big\" if { x > 10 } else := \"mid\" if { x > 5 } else := \"small\"\np := [f(11), f(6), f(1)]", "[\"big\", \"mid\", \"small\"]")]
    [InlineData("f(x) := [y | some y in input.tags; y == x]\np := f(\"a\")", "[\"a\", \"a\"]")]
    [InlineData("p if { f(3, 4) }\nf(x) := x + 1", "true")]
    [InlineData("p := y if { f(3, y) }\nf(x) := x + 1", "4")]
    [InlineData("p := y if { count(input.tags, y) }", "3")]
    [InlineData("p if { not count(input.tags, 2) }", "true")]
    [InlineData("p := [path | walk(input.limits, [path, 64])]", "[[\"memory\"]]")]
    [InlineData("p := count([1 | walk({\"a\": [1, {2}]}, _)])", "5")]
    [InlineData("p := {v | walk(input.mounts, [[_, \"source\"], v])}", "{\"/a\", \"/b\"}")]
    [InlineData("p if { not walk(input.limits, [[\"cpu\"], 3]); walk(input.limits, [[\"cpu\"], 2]) }", "true")]
    [InlineData("count(x) := 99\np := count([])", "99")]
    public void Function_ByItsDefinitions_HasOneValueForItsArguments(string rules, string value) =>
        Assert.Equal(value, ValueOrRefused(rules));

    [Theory]
    [InlineData("p := p", "depends on itself")]
    [InlineData("p if { not p }", "depends on itself")]
    [InlineData("p := q\nq := [x | x := r]\nr if { every x in [1] { p == x } }", "depends on itself")]
    [InlineData("f(x) := f(x)\np := f(1)", "depends on itself")]
    [InlineData("f(x) := g(x)\ng(x) := f(x)\np := 1", "depends on itself")]
    [InlineData("p := data.test.p", "depends on itself")]
    [InlineData("p contains x if { some x in p }", "depends on itself")]
    [InlineData("p := q with input as 1\nq := p", "'with' cannot name a rule")]
    [InlineData("p := 1 if { q with input as 1 }\nq := p", "depends on itself")]
    [InlineData("default p := 1\np := q if { true }\nq := 2 if { p == 1 }", "depends on itself")]
    public void Parse_RuleThatNeedsItself_IsRefused(string rules, string why) => AssertRefused(rules, why);

    [Theory]
    [InlineData("p if { not x == 1 }", "the variable 'x' gets no value")]
    [InlineData("p if { not input.tags[_] == \"c\" }", "'_'")]
    [InlineData("p if { not input.tags[i] == \"c\" }", "the variable 'i' gets no value")]
    [InlineData("p if { x > 1 }", "the variable 'x' gets no value")]
    [InlineData("p if { x := y }", "the variable 'y' gets no value")]
    [InlineData("p if { some x; x == 1 }", "the variable 'x' gets no value")]
    [InlineData("p := {k: v | some k in input.tags}", "the variable 'v' gets no value")]
    [InlineData("p := x if { y := [x | x := 1] }", "the variable 'x' gets no value")]
    [InlineData("p if { every x in input.tags { y == x } }", "the variable 'y' gets no value")]
    [InlineData("p contains x", "the variable 'x' gets no value")]
    [InlineData("f(x) := y\np := 1", "the variable 'y' gets no value")]
    [InlineData("p if { x = y }", "gets no value")]
    [InlineData("p if { f(x) }\nf(y) := y", "the variable 'x' gets no value")]
    public void Parse_VariableWithoutValue_IsRefused(string rules, string why) => AssertRefused(rules, why);

    private static string ValueOrRefused(string rules)
    {
        try
        {
            return Evaluations.Value(rules, Request);
        }
        catch (KataException)
        {
            return "refused";
        }
    }

    private static void AssertRefused(string rules, string why)
    {
        KataException error = Assert.Throws<KataException>(() => Evaluations.Run(rules));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Matches("line [0-9]+, column [0-9]+", error.Message);
    }
}
