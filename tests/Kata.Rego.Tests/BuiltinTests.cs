using Kata.Rego.Builtins;

namespace Kata.Rego.Tests;

public sealed class BuiltinTests
{
    [Theory]
    [InlineData("count(\"äb\")", "2")]
    [InlineData("count([1, 2])", "2")]
    [InlineData("count({\"a\": 1})", "1")]
    [InlineData("count(null)", Evaluations.Undefined)]
    [InlineData("sum([1, 2, 3.5])", "6.5")]
    [InlineData("product({2, 3})", "6")]
    [InlineData("sum([\"a\"])", Evaluations.Undefined)]
    [InlineData("max([1, 3, 2])", "3")]
    [InlineData("min({4, 2})", "2")]
    [InlineData("max([])", Evaluations.Undefined)]
    [InlineData("sort([3, 1, 2])", "[1, 2, 3]")]
    [InlineData("array.concat([1], [2])", "[1, 2]")]
    [InlineData("array.reverse([1, 2])", "[2, 1]")]
    [InlineData("array.slice([1, 2, 3], 1, 9)", "[2, 3]")]
    [InlineData("union({{1}, {2}})", "{1, 2}")]
    [InlineData("intersection({{1, 2}, {2, 3}})", "{2}")]
    [InlineData("startswith(\"abc\", \"ab\")", "true")]
    [InlineData("endswith(\"abc\", \"bc\")", "true")]
    [InlineData("contains(\"abc\", \"x\")", "false")]
    [InlineData("contains([\"a\"], \"a\")", Evaluations.Undefined)]
    [InlineData("concat(\"/\", [\"\", \"pstate\", \"k\"])", "\"/pstate/k\"")]
    [InlineData("concat(\"\", {\"b\", \"a\"})", "\"ab\"")]
    [InlineData("concat(\"\", [1])", Evaluations.Undefined)]
    [InlineData("split(\"a=b=c\", \"=\")", "[\"a\", \"b\", \"c\"]")]
    [InlineData("split(\"\", \",\")", "[\"\"]")]
    [InlineData("split(\"ab\", \"\")", "[\"a\", \"b\"]")]
    [InlineData("replace(\"$(x)/$(x)\", \"$(x)\", \"y\")", "\"y/y\"")]
    [InlineData("replace(\"$$\", \"$$\", \"$\")", "\"$\"")]
    [InlineData("trim(\"..a..\", \".\")", "\"a\"")]
    [InlineData("trim_left(\"xxa\", \"x\")", "\"a\"")]
    [InlineData("trim_right(\"axx\", \"x\")", "\"a\"")]
    [InlineData("trim_prefix(\"vfio12\", \"vfio\")", "\"12\"")]
    [InlineData("trim_suffix(\"a.txt\", \".txt\")", "\"a\"")]
    [InlineData("trim_space(\" a \")", "\"a\"")]
    [InlineData("lower(\"ABC\")", "\"abc\"")]
    [InlineData("upper(\"abc\")", "\"ABC\"")]
    [InlineData("strings.reverse(\"abc\")", "\"cba\"")]
    [InlineData("strings.count(\"abab\", \"ab\")", "2")]
    [InlineData("substring(\"CAP_KILL\", 4, 4)", "\"KILL\"")]
    [InlineData("substring(\"abc\", 1, -1)", "\"bc\"")]
    [InlineData("substring(\"abc\", 5, 2)", "\"\"")]
    [InlineData("substring(\"abc\", -1, 2)", Evaluations.Undefined)]
    [InlineData("indexof(\"abc\", \"c\")", "2")]
    [InlineData("indexof(\"abc\", \"x\")", "-1")]
    [InlineData("format_int(255, 16)", "\"ff\"")]
    [InlineData("format_int(-5, 2)", "\"-101\"")]
    [InlineData("sprintf(\"%s-%d-%v-%%-%05d|%-4s|%.2f\", [\"a\", 7, [1], 42, \"b\", 1.5])", "\"a-7-[1]-%-00042|b   |1.50\"")]
    [InlineData("sprintf(\"%d\", [])", Evaluations.Undefined)]
    [InlineData("sprintf(\"%y\", [1])", Evaluations.Undefined)]
    [InlineData("to_number(\"12\")", "12")]
    [InlineData("to_number(\"1.5\")", "1.5")]
    [InlineData("to_number(\"x\")", Evaluations.Undefined)]
    [InlineData("to_number(null)", "0")]
    [InlineData("bits.and(6, bits.negate(2))", "4")]
    [InlineData("bits.or(128, 8)", "136")]
    [InlineData("bits.xor(5, 1)", "4")]
    [InlineData("bits.lsh(1, 4)", "16")]
    [InlineData("bits.rsh(16, 4)", "1")]
    [InlineData("bits.lsh(1, 1000)", Evaluations.Undefined)]
    [InlineData("abs(-3)", "3")]
    [InlineData("[ceil(1.2), floor(1.8), round(2.5)]", "[2, 1, 3]")]
    [InlineData("numbers.range(3, 1)", "[3, 2, 1]")]
    [InlineData("object.get({\"a\": {\"b\": 1}}, [\"a\", \"b\"], 0)", "1")]
    [InlineData("object.get({\"a\": 1}, \"x\", \"d\")", "\"d\"")]
    [InlineData("object.keys({\"b\": 1, \"a\": 2})", "{\"a\", \"b\"}")]
    [InlineData("object.remove({\"a\": 1, \"b\": 2}, [\"a\"])", "{\"b\": 2}")]
    [InlineData("object.filter({\"a\": 1, \"b\": 2}, {\"a\"})", "{\"a\": 1}")]
    [InlineData("object.union({\"a\": {\"x\": 1}, \"b\": 1}, {\"a\": {\"y\": 2}, \"b\": 3})", "{\"a\": {\"x\": 1, \"y\": 2}, \"b\": 3}")]
    [InlineData("is_null(null)", "true")]
    [InlineData("is_string(1)", "false")]
    [InlineData("type_name({1})", "\"set\"")]
    [InlineData("base64.encode(\"ab?\")", "\"YWI/\"")]
    [InlineData("base64url.encode(\"ab?\")", "\"YWI_\"")]
    [InlineData("base64url.encode(\"a\")", "\"YQ==\"")]
    [InlineData("base64url.encode_no_pad(\"a\")", "\"YQ\"")]
    [InlineData("base64.decode(\"YWI/\")", "\"ab?\"")]
    [InlineData("base64url.decode(\"YQ\")", "\"a\"")]
    [InlineData("base64.decode(\"*\")", Evaluations.Undefined)]
    [InlineData("base64.is_valid(\"*\")", "false")]
    [InlineData("hex.encode(\"a\")", "\"61\"")]
    [InlineData("json.marshal({\"a\": [1, null, {2}], 3: \"x\"})", "\"{\\\"3\\\":\\\"x\\\",\\\"a\\\":[1,null,[2]]}\"")]
    public void Function_Called_HasItsValue(string call, string value) => Assert.Equal(value, Evaluations.Value("p := " + call));

    [Fact]
    public void Functions_AnyArguments_NeverBreak()
    {
        string[] values = ["null", "true", "-1", "1e300", "\"a\"", "\"%\"", "\"(\"", "[]", "[[1], \"x\"]", "{}", "{\"a\": {}}", "set()", "{{1}, 2}"];
        var random = new Random(7);
        foreach (string name in Builtin.Names.Where(name => name != "walk"))
        {
            int arity = Builtin.Find(name)!.Arity;
            for (int i = 0; i < 200; i++)
            {
                // By way of the input, so that arguments are not known when the policy is parsed.
                string input = "[" + string.Join(", ", Enumerable.Range(0, arity).Select(_ => values[random.Next(values.Length)])) + "]";
                string arguments = string.Join(", ", Enumerable.Range(0, arity).Select(n => $"input[{n}]"));

                Assert.NotNull(Evaluations.Value($"p := {name}({arguments})", input));
            }
        }
    }
}
