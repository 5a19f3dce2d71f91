namespace Kata.Rego.Tests.Conformance;

/// <summary>What the language says of bodies: negation, unification, visits, scopes, comprehensions, <c>some</c> and <c>every</c>.</summary>
public sealed class BodyConformanceTests
{
    private const string Undefined = Evaluations.Undefined;

    private const string Request = """
        {"tags": ["a", "b", "a"], "limits": {"cpu": 2, "memory": 64}, "off": false, "nothing": null, "zero": 0, "text": "",
         "mounts": [{"source": "/a", "options": ["ro"]}, {"source": "/b", "options": ["rw", "exec"]}], "matrix": [[1, 2], [3, 4]]}
        """;

    [Theory]
    [InlineData("p if { not input.missing }", "true")]
    [InlineData("p if { not input.off }", "true")]
    [InlineData("p if { not input.nothing }", Undefined)]
    [InlineData("p if { not input.zero }", Undefined)]
    [InlineData("p if { not input.text }", Undefined)]
    [InlineData("p if { not input.missing == 1 }", "true")]
    [InlineData("p if { not input.missing != 1 }", "true")]
    [InlineData("p if { not not_there }\nnot_there if { input.missing }", "true")]
    [InlineData("p if { x := 1; not x == 2 }", "true")]
    [InlineData("p if { not x == 2; x := 1 }", "true")]
    [InlineData("p if { not \"c\" in input.tags }", "true")]
    [InlineData("p if { not \"a\" in input.tags }", Undefined)]
    [InlineData("p if { not any_c }\nany_c if { input.tags[_] == \"c\" }", "true")]
    [InlineData("p if { some t in input.tags; not t == \"a\" }", "true")]
    [InlineData("p := [t | some t in input.tags; not t == \"a\"]", "[\"b\"]")]
    [InlineData("p if { not [1, 2][0] = 2 }", "true")]
    [InlineData("p if { not count(input.tags) == 2 }", "true")]
    [InlineData("p if { not 1 / 0 == 1 }", "true")]
    [InlineData("p if { not input.off == true; not input.off != false }", "true")]
    public void Not_OfUndefinedOrFalse_Holds(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules, Request));

    [Theory]
    [InlineData("p := x if { 1 = x }", "1")]
    [InlineData("p := [x, y] if { [x, y] = [1, 2] }", "[1, 2]")]
    [InlineData("p := [x, y] if { [x, 2] = [1, y] }", "[1, 2]")]
    [InlineData("p := [x, y] if { {\"a\": x, \"b\": 2} = {\"a\": 1, \"b\": y} }", "[1, 2]")]
    [InlineData("p if { {\"a\": 1} = {\"b\": 1} }", Undefined)]
    [InlineData("p if { [1, 2] = [1] }", Undefined)]
    [InlineData("p := x if { [1, [x, {\"k\": 3}]] = [1, [2, {\"k\": 3}]] }", "2")]
    [InlineData("p := x if { [x, x] = [2, 2] }", "2")]
    [InlineData("p := x if { [x, x] = [2, 3] }", Undefined)]
    [InlineData("p := x if { x = y; y = z; z = 4 }", "4")]
    [InlineData("p := m.source if { m = input.mounts[i]; i = 1 }", "\"/b\"")]
    [InlineData("p := [i | \"a\" = input.tags[i]]", "[0, 2]")]
    [InlineData("p := s if { {\"source\": s, \"options\": [\"ro\"]} = input.mounts[_] }", "\"/a\"")]
    [InlineData("p if { x := 1; x = 1 }", "true")]
    [InlineData("p if { x := 1; x = 2 }", Undefined)]
    [InlineData("p if { {1, 2} = {2, 1} }", "true")]
    [InlineData("p if { 1 = 1.0 }", "true")]
    [InlineData("p if { \"1\" = 1 }", Undefined)]
    [InlineData("p := x if { [x, _] := [1, 2] }", "1")]
    [InlineData("p := x if { {\"k\": x} := {\"k\": [1]} }", "[1]")]
    [InlineData("p := [a, b] if { [a, b] := input.matrix[1] }", "[3, 4]")]
    [InlineData("p if { [a, b] := [1, 2, 3]; a == b }", Undefined)]
    [InlineData("p if { _ = 1; _ = 2 }", "true")]
    public void Unification_OfBothSides_GivesValuesOrFails(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules, Request));

    [Theory]
    [InlineData("p := [x | x := input.matrix[_][_]]", "[1, 2, 3, 4]")]
    [InlineData("p := [x | x := input.matrix[i][i]]", "[1, 4]")]
    [InlineData("p := [[i, j] | input.matrix[i][j] > 2]", "[[1, 0], [1, 1]]")]
    [InlineData("p := {k | input.limits[k]}", "{\"cpu\", \"memory\"}")]
    [InlineData("p := [v | v := input.limits[_]]", "[2, 64]")]
    [InlineData("p := {o | o := input.mounts[_].options[_]}", "{\"exec\", \"ro\", \"rw\"}")]
    [InlineData("p := [x | x := {3, 1, 2}[_]]", "[1, 2, 3]")]
    [InlineData("p := count([1 | input.tags[_]; input.tags[_]])", "9")]
    [InlineData("p := count([1 | input.tags[i]; input.tags[i]])", "3")]
    [InlineData("p := [x | t := \"text\"; x := t[_]]", "[]")]
    [InlineData("p := [x | x := 5[_]]", "refused")]
    [InlineData("p := [[i, x] | some i, x in input.tags]", "[[0, \"a\"], [1, \"b\"], [2, \"a\"]]")]
    [InlineData("p := [[k, v] | some k, v in input.limits]", "[[\"cpu\", 2], [\"memory\", 64]]")]
    [InlineData("p := [[k, v] | some k, v in {5, 6}]", "[[5, 5], [6, 6]]")]
    [InlineData("p := [s | some {\"source\": s, \"options\": [\"ro\"]} in input.mounts]", "[\"/a\"]")]
    [InlineData("p := [y | some [1, y] in [[1, 2], [2, 3], [1, 4]]]", "[2, 4]")]
    [InlineData("p := [i | some i, \"a\" in input.tags]", "[0, 2]")]
    [InlineData("p if { some 5 in [4, 5] }", "true")]
    [InlineData("p := i if { some i; input.tags[i] == \"b\" }", "1")]
    [InlineData("p := [x | some x in input.off]", "[]")]
    [InlineData("p if { \"ro\" in input.mounts[_].options }", "true")]
    [InlineData("p := \"a\" in input.tags", "true")]
    [InlineData("p := 2 in input.limits", "true")]
    [InlineData("p := (\"cpu\", 2 in input.limits)", "true")]
    [InlineData("p := (1, \"a\" in input.tags)", "false")]
    [InlineData("p := [1 in [1], 2 in [1]]", "[true, false]")]
    [InlineData("p := 1 in \"text\"", "false")]
    public void Visit_OfCollections_TakesEachMember(string rules, string value) => Assert.Equal(value, ValueOrRefused(rules));

    [Theory]
    [InlineData("p if { every x in [1, 2] { x < 3 } }", "true")]
    [InlineData("p if { every x in [1, 3] { x < 3 } }", Undefined)]
    [InlineData("p if { every x in [] { false } }", "true")]
    [InlineData("p if { every x in set() { false } }", "true")]
    [InlineData("p if { every x in {} { false } }", "true")]
    [InlineData("p if { every k, v in input.limits { v > 1; count(k) > 2 } }", "true")]
    [InlineData("p if { every m in input.mounts { some o in m.options; o in {\"ro\", \"rw\"} } }", "true")]
    [InlineData("p if { every m in input.mounts { m.missing } }", Undefined)]
    [InlineData("p if { every m in input.missing { m } }", Undefined)]
    [InlineData("p if { every x in [1] { y := x; y == 1 }; y := 2; y == 2 }", "true")]
    [InlineData("p if { not all_small }\nall_small if { every x in [1, 9] { x < 3 } }", "true")]
    [InlineData("p if { n := 2; every x in [1, 2] { x <= n } }", "true")]
    [InlineData("p if { every i, row in input.matrix { every x in row { x > i } } }", "true")]
    public void Every_OfCollections_HoldsForEachMember(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules, Request));

    [Theory]
    [InlineData("x := 1\np := x if { x := 2 }", "2")]
    [InlineData("x := 1\np := y if { y := x + 1 }", "2")]
    [InlineData("x := 1\np := [x | x := 5]", "[5]")]
    [InlineData("x := 1\np := [x, [x | some x in [3]]]", "[1, [3]]")]
    [InlineData("x := 1\np := y if { some x; x = 7; y := x }", "7")]
    [InlineData("f(x) := [x | x := 2]\np := f(1)", "[2]")]
    [InlineData("f(x) := y if { y := [z | z := x] }\np := f(1)", "[1]")]
    [InlineData("p := [x, y] if { x := 1; y := {x | x := 2} }", "[1, {2}]")]
    [InlineData("p := y if { x := 1; y := [x2 | x2 := x] }", "[1]")]
    [InlineData("p := [y | some x in [1, 2]; y := [x | some x in [3]]]", "[[3], [3]]")]
    [InlineData("import input.limits\np := limits.cpu", "2")]
    [InlineData("import input.limits as l\np := l.cpu", "2")]
    [InlineData("import input as i\np := i.limits.cpu", "2")]
    [InlineData("import data.pstate as s\np := s.n", "1")]
    [InlineData("import data.test.q as r\nq := 5\np := r", "5")]
    [InlineData("import input.limits\np := limits if { limits := 3 }", "3")]
    [InlineData("import future.keywords.if\nimport future.keywords.in\nimport future.keywords.every\nimport future.keywords.contains\np if 1 in [1]", "true")]
    [InlineData("import rego.v1\np contains 1 if true", "{1}")]
    public void Name_InNestedScopes_MeansTheInnermost(string rules, string value) =>
        Assert.Equal(value, Evaluations.Value(rules, Request, """{"pstate": {"n": 1}}"""));

    [Theory]
    [InlineData("p := [x | some x in [3, 1, 3]]", "[3, 1, 3]")]
    [InlineData("p := {x | some x in [3, 1, 3]}", "{1, 3}")]
    [InlineData("p := {x: x | some x in [3, 1, 3]}", "{1: 1, 3: 3}")]
    [InlineData("p := {k: vs | some k in {\"a\", \"b\"}; vs := [i | input.tags[i] == k]}", "{\"a\": [0, 2], \"b\": [1]}")]
    [InlineData("p := {[x, y] | some x in [1, 2]; some y in [1, 2]; x < y}", "{[1, 2]}")]
    [InlineData("p := [f(x) | some x in [1, 2]]\nf(x) := x * x", "[1, 4]")]
    [InlineData("p := [x | x := [1, 2][_]][1]", "2")]
    [InlineData("p := {x | some x in [1]} | {y | some y in [2]}", "{1, 2}")]
    [InlineData("p := [{\"k\": x} | some x in [1]]", "[{\"k\": 1}]")]
    [InlineData("p := sum([x | some x in [1, 2, 3]; x % 2 == 1])", "4")]
    [InlineData("p := [x | x := 1; false]", "[]")]
    [InlineData("p := [x |\n\tsome x in [1, 2] # a note\n\tx > 1\n]", "[2]")]
    [InlineData("p := [1 | true] == [1]", "true")]
    public void Comprehension_OfItsBody_CollectsWhatItFinds(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules, Request));

    private static string ValueOrRefused(string rules)
    {
        try
        {
            return Evaluations.Value(rules, Request);
        }
        catch (Primitives.KataException)
        {
            return "refused";
        }
    }
}
