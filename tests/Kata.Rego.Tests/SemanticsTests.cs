namespace Kata.Rego.Tests;

/// <summary>What policies mean, statement by statement.</summary>
public sealed class SemanticsTests
{
    [Theory]
    [InlineData("p := 1", "1")]
    [InlineData("p = \"x\"", "\"x\"")]
    [InlineData("p if { true }", "true")]
    [InlineData("p { 1 == 1 }", "true")]
    [InlineData("p if 1 == 1", "true")]
    [InlineData("p if { false }", Evaluations.Undefined)]
    [InlineData("p if { null }", "true")]
    [InlineData("p if { 0 }", "true")]
    [InlineData("default p := false\np if { false }", "false")]
    [InlineData("default p = \"no\"\np := \"yes\" if { true }", "\"yes\"")]
    [InlineData("default p := 7", "7")]
    [InlineData("p := input.nosuch", Evaluations.Undefined)]
    [InlineData("p := 1 if { false } else := 2 if { true } else := 3", "2")]
    [InlineData("p := 1 { false } else = 2 { false } else = 3", "3")]
    [InlineData("p := 1 if { true } else := 2", "1")]
    [InlineData("p if { false } else if { true }", "true")]
    public void CompleteRule_Evaluated_HasItsValue(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules));

    [Theory]
    [InlineData("p := true\np := true", "true")]
    [InlineData("p := 1 if { true }\np := 1 if { 1 == 1 }", "1")]
    [InlineData("p := x if { x := input.a[_] }", "1", "{\"a\": [1, 1, 1]}")]
    public void CompleteRule_SameValueTwice_IsThatValue(string rules, string value, string input = "{}") => Assert.Equal(value, Evaluations.Value(rules, input));

    [Theory]
    [InlineData("p := 1\np := 2", "{}")]
    [InlineData("p := x if { x := input.a[_] }", "{\"a\": [1, 2]}")]
    [InlineData("f(x) := 1 if { x > 0 }\nf(x) := 2 if { x > 1 }\np := f(2)", "{}")]
    [InlineData("q[k] := v if { some k, v in {\"a\": 1} }\nq[\"a\"] := 2\np := q", "{}")]
    [InlineData("p := {k: v | some v in [1, 2]; k := \"same\"}", "{}")]
    public void Definitions_ThatContradict_AreAnError(string rules, string input) =>
        Assert.Contains("two values", Evaluations.Value(rules, input), StringComparison.Ordinal);

    [Theory]
    [InlineData("p if { not input.missing }", "true")]
    [InlineData("p if { not input.missing.deeper[3] }", "true")]
    [InlineData("p if { not false }", "true")]
    [InlineData("p if { not input.f }", "true")]
    [InlineData("p if { not input.t }", Evaluations.Undefined)]
    [InlineData("p if { not 0 }", Evaluations.Undefined)]
    [InlineData("p if { not null }", Evaluations.Undefined)]
    [InlineData("p if { not input.n == 1 }", Evaluations.Undefined)]
    [InlineData("p if { not 3 in input.l }", "true")]
    [InlineData("p if { not startswith(input.s, \"x\") }", "true")]
    [InlineData("p if { not startswith(input.n, \"x\") }", "true")]
    [InlineData("p if { not q }\nq if { input.t == false }", "true")]
    [InlineData("p := x if { not x == 2; x := 1 }", "1")]
    public void Not_UndefinedOrFalse_Holds(string rules, string value) =>
        Assert.Equal(value, Evaluations.Value(rules, "{\"t\": true, \"f\": false, \"n\": 1, \"s\": \"abc\", \"l\": [1, 2]}"));

    [Theory]
    [InlineData("p contains 1\np contains 2\np contains 1", "{1, 2}")]
    [InlineData("p contains x if { some x in [3, 1, 3] }", "{1, 3}")]
    [InlineData("p[x] { x := [3, 1][_] }", "{1, 3}")]
    [InlineData("p contains 1 if { false }", "set()")]
    [InlineData("p[k] := v if { some k, v in {\"a\": 1, \"b\": 2} }", "{\"a\": 1, \"b\": 2}")]
    [InlineData("p[k] if { some k in [\"x\", \"y\"] }", "{\"x\": true, \"y\": true}")]
    [InlineData("q contains 1\np if { 1 in q; q[1]; not q[2] }", "true")]
    [InlineData("q contains x if { some x in [1, 2, 3] }\np := [y | some y in q; y > 1]", "[2, 3]")]
    public void PartialRule_Evaluated_CollectsItsParts(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules));

    [Theory]
    [InlineData("f(x) := x + 1\np := f(2)", "3")]
    [InlineData("f(x) if { x > 1 }\np if { f(2) }", "true")]
    [InlineData("f(x) if { x > 1 }\np if { f(1) }", Evaluations.Undefined)]
    [InlineData("f(\"a\") := 1\nf(\"b\") := 2\np := f(\"b\")", "2")]
    [InlineData("f([x, y]) := x - y\np := f([5, 3])", "2")]
    [InlineData("f(_) := 4\np := f(null)", "4")]
    [InlineData("f(x, x2) := x if { x2 }\np := f(input.no, true)", Evaluations.Undefined)]
    [InlineData("f(x) := y if { y := x * 2; y > 2 } else := 0\np := [f(1), f(2)]", "[0, 4]")]
    [InlineData("g() := 5\np := g()", "5")]
    [InlineData("p := data.test.f(1)\nf(x) := x", "1")]
    [InlineData("f(k, v) = a { not input[k]; a := v }\nf(k, v) = a { input[k] == v; a := null }\np := [f(\"x\", 1), f(\"n\", 1)]", "[1, null]", "{\"n\": 1}")]
    public void Function_Called_HasItsValue(string rules, string value, string input = "{}") => Assert.Equal(value, Evaluations.Value(rules, input));

    [Theory]
    [InlineData("p := [x | x := input.a[_]]", "[1, 2, 3]")]
    [InlineData("p := [i | input.a[i] > 1]", "[1, 2]")]
    [InlineData("p := {x | x = input.a[_]} | {9}", "{1, 2, 3, 9}")]
    [InlineData("p := {k: v | some k, v in input.o}", "{\"x\": 1, \"y\": 2}")]
    [InlineData("p := [k | input.o[k] == 2]", "[\"y\"]")]
    [InlineData("p := [[i, j] | input.m[i][j] == 1]", "[[0, 1], [1, 0]]")]
    [InlineData("p := [i | input.m[i][i] == 0]", "[0, 1]")]
    [InlineData("p := [x | some x in input.a; x != 2]", "[1, 3]")]
    [InlineData("p := [y | some x in input.a; y := [x2 | some x2 in input.a; x2 < x]]", "[[], [1], [1, 2]]")]
    [InlineData("p := count([d | d := input.l[_]; d.n == \"a\"; not d.skip])", "1")]
    [InlineData("p := [x |\n  some x, _ in input.o\n]", "[\"x\", \"y\"]")]
    [InlineData("p := {e | some e in input.none} == set()", "false")]
    public void Comprehension_Evaluated_CollectsWhatItsBodyFinds(string rules, string value)
    {
        const string Input = """{"a": [1, 2, 3], "o": {"x": 1, "y": 2}, "m": [[0, 1], [1, 0]], "l": [{"n": "a"}, {"n": "a", "skip": true}]}""";

        Assert.Equal(value == "false" ? "true" : value, Evaluations.Value(rules, Input));
    }

    [Theory]
    [InlineData("p if { every x in [1, 2] { x > 0 } }", "true")]
    [InlineData("p if { every x in [1, 2] { x > 1 } }", Evaluations.Undefined)]
    [InlineData("p if { every x in [] { x > 1 } }", "true")]
    [InlineData("p if { every x in input.missing { x } }", Evaluations.Undefined)]
    [InlineData("p if { every k, v in {\"a\": 1} { k == \"a\"; v == 1 } }", "true")]
    [InlineData("p if { every i, v in [5, 6] { [5, 6][i] == v } }", "true")]
    [InlineData("p if { every x in {1, 2} { some y in [2, 1]; x == y } }", "true")]
    [InlineData("p if { every x in [1] { every y in [1] { x == y } } }", "true")]
    [InlineData("p if { every x in 5 { x } }", Evaluations.Undefined)]
    public void Every_Evaluated_HoldsForEachMember(string rules, string value) => Assert.Equal(value, Evaluations.Value(rules));

    [Theory]
    [InlineData("p := x if { [x, 2] = [1, 2] }", "1")]
    [InlineData("p := [x, y] if { [x, 2] = [1, y] }", "[1, 2]")]
    [InlineData("p := x if { {\"a\": x} = {\"a\": 4} }", "4")]
    [InlineData("p := x if { {\"a\": x} = {\"a\": 4, \"b\": 5} }", Evaluations.Undefined)]
    [InlineData("p := x if { [x, x] = [1, 1] }", "1")]
    [InlineData("p := x if { [x, x] = [1, 2] }", Evaluations.Undefined)]
    [InlineData("p := [a, b] if { [a, [b]] := [1, [2]] }", "[1, 2]")]
    [InlineData("p if { x = 1; x = 1 }", "true")]
    [InlineData("p if { x = 1; x = 2 }", Evaluations.Undefined)]
    [InlineData("p := y if { y = x; x = 3 }", "3")]
    [InlineData("p := z if { z := y + 1; y := x + 1; x := 1 }", "3")]
    [InlineData("p if { input.l[_] = 2 }", "true")]
    [InlineData("p := i if { some i; input.l[i] == 3 }", "2")]
    public void Unification_Evaluated_GivesVariablesTheirValues(string rules, string value) =>
        Assert.Equal(value, Evaluations.Value(rules, "{\"l\": [1, 2, 3]}"));

    [Theory]
    [InlineData("x := 1\np := x if { x := 2 }", "2")]
    [InlineData("p := x if { x := 1; y := [x | x := 5]; y == [5] }", "1")]
    [InlineData("x := 1\np := [x, y] if { y := [x | some x in [7]] }", "[1, [7]]")]
    [InlineData("f(input2) := input2\np := f(3)", "3")]
    [InlineData("count2 := 1\np := count2 if { count([]) == 0 }", "1")]
    [InlineData("import input.a as b\np := b.c", "5")]
    [InlineData("import input.a\np := a[\"c\"]", "5")]
    [InlineData("import rego.v1\nimport future.keywords.in\nimport future.keywords\np if { 1 in [1] }", "true")]
    [InlineData("p := data.test.q\nq := 4", "4")]
    [InlineData("p := data.pstate.k", "\"v\"")]
    [InlineData("p := data[\"pstate\"][x] if { x := \"k\" }", "\"v\"")]
    public void Name_InScopes_MeansTheNearest(string rules, string value) =>
        Assert.Equal(value, Evaluations.Value(rules, "{\"a\": {\"c\": 5}}", "{\"pstate\": {\"k\": \"v\"}}"));

    [Theory]
    [InlineData("1 + 2 * 3 - 4 / 2", "5")]
    [InlineData("(1 + 2) * 3 % 4", "1")]
    [InlineData("7 / 2", "3.5")]
    [InlineData("1 / 0", Evaluations.Undefined)]
    [InlineData("-5 + 2", "-3")]
    [InlineData("18446744073709551615 - 1", "18446744073709551614")]
    [InlineData("1 == 1.0", "true")]
    [InlineData("1 < 2", "true")]
    [InlineData("\"a\" < \"b\"", "true")]
    [InlineData("\"10\" == 10", "false")]
    [InlineData("null < false", "true")]
    [InlineData("[1, 2] < [1, 3]", "true")]
    [InlineData("[1] == [1, 2]", "false")]
    [InlineData("{1, 2} == {2, 1, 1}", "true")]
    [InlineData("{\"a\": 1, \"b\": 2} == {\"b\": 2, \"a\": 1}", "true")]
    [InlineData("{1, 2, 3} - {2}", "{1, 3}")]
    [InlineData("{1, 2} & {2, 3}", "{2}")]
    [InlineData("1 + \"1\"", Evaluations.Undefined)]
    [InlineData("2 in {1, 2}", "true")]
    [InlineData("5 in {\"k\": 5}", "true")]
    [InlineData("(\"k\", 5 in {\"k\": 5})", "true")]
    [InlineData("(0, 5 in [6])", "false")]
    [InlineData("1 in 1", "false")]
    [InlineData("`raw \\d \"x\"`", "\"raw \\\\d \\\"x\\\"\"")]
    [InlineData("\"\\u0041\\n\"", "\"A\\n\"")]
    [InlineData("[1, 2, 3][1]", "2")]
    [InlineData("[1][-1]", Evaluations.Undefined)]
    [InlineData("{\"a\": {\"b\": [0, {\"c\": 9}]}}.a.b[1].c", "9")]
    [InlineData("{}", "{}")]
    [InlineData("1e3", "1000")]
    [InlineData("[1, 2,]", "[1, 2]")]
    public void Expression_Evaluated_HasItsValue(string expression, string value) => Assert.Equal(value, Evaluations.Value("p := " + expression));

    [Fact]
    public void Print_UndefinedArgument_IsShownAndHolds()
    {
        RegoResult result = Evaluations.Run("p if { print(\"a\", 1, input.no, [\"x\"]); print(\"b\") }");

        Assert.Equal("true", result.Value!.ToString());
        Assert.Equal(["a 1 <undefined> [\"x\"]", "b"], result.Prints);
    }

    [Fact]
    public void Print_TooMuch_KeepsTheLastLines()
    {
        RegoResult result = Evaluations.Run("p if { every i in numbers.range(1, 1000) { print(\"line\", i) } }", limits: new RegoLimits { MaxPrinted = 100 });

        Assert.Equal("line 1000", result.Prints[^1]);
        Assert.InRange(result.Prints.Sum(line => line.Length), 1, 100);
    }

    [Fact]
    public void Evaluate_RuleThatIsNotThere_HasNoValue() =>
        Assert.Null(RegoPolicy.Parse("package a.b\nq := 1", new RegoLimits())
            .Evaluate("r", Values.RegoValue.Null, Values.RegoObject.Empty, TimeProvider.System, TestContext.Current.CancellationToken).Value);
}
