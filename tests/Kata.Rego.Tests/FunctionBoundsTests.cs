using System.Diagnostics;

namespace Kata.Rego.Tests;

/// <summary>Functions that could make or walk much more than they are given are charged for it before they do.</summary>
public sealed class FunctionBoundsTests
{
    // s has a million characters, l ninety thousand elements.
    private static readonly string Input =
        $$"""{"s": "{{new string('a', 1_000_000)}}", "l": [{{string.Join(',', Enumerable.Range(1, 90_000))}}], "deep": {{new string('[', 90)}}1{{new string(']', 90)}}}""";

    [Theory]
    [InlineData("replace(input.s, \"\", input.s)")]
    [InlineData("replace(input.s, \"a\", input.s)")]
    [InlineData("strings.replace_n({\"a\": input.s}, input.s)")]
    [InlineData("regex.replace(input.s, \"a\", input.s)")]
    [InlineData("regex.replace(input.s, \"^.*$\", concat(\"\", [\"$0\" | some _ in numbers.range(1, 1000)]))")]
    [InlineData("regex.find_all_string_submatch_n(\"(a)(a)(a)\", input.s, -1)")]
    [InlineData("regex.split(\"\", input.s)")]
    [InlineData("indexof_n(input.s, \"a\")")]
    [InlineData("urlquery.encode(concat(\"\", [input.s, input.s, input.s, input.s]))")]
    [InlineData("json.unmarshal(concat(\"\", [\"[\", concat(\",\", [\"1\" | some _ in numbers.range(1, 90000)]), \"]\"]))")]
    [InlineData("json.patch({\"l\": input.l}, [{\"op\": \"add\", \"path\": \"/l/0\", \"value\": 1} | some _ in numbers.range(1, 1000)])")]
    [InlineData("json.filter({\"l\": input.l}, [[\"l\", sprintf(\"%d\", [x])] | some x in input.l])")]
    [InlineData("object.subset(input.l, [x | some x in array.slice(input.l, 50000, 89999)])")]
    [InlineData("object.union_n([{\"k\": input.l, sprintf(\"%d\", [x]): x} | some x in input.l])")]
    [InlineData("strings.any_prefix_match([sprintf(\"%d\", [x]) | some x in array.slice(input.l, 0, 20000)], [sprintf(\"x%d\", [x]) | some x in array.slice(input.l, 0, 20000)])")]
    [InlineData("numbers.range_step(1, 2000000000, 1)")]
    [InlineData("[path | walk(input, [path, _])]")]
    [InlineData("[x | some x in input.l; y := json.marshal(input.l); y == x]")]
    [InlineData("glob.match(concat(\"\", [\"*a\" | some _ in numbers.range(1, 2000)]), [\"/\"], concat(\"\", [input.s, \"b\"]))")]
    public void Function_OfLargeArguments_IsStoppedInTime(string call)
    {
        var watch = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();

        string outcome = Evaluations.Value("p := count(" + call + ")", Input, limits: new RegoLimits { MaxTime = TimeSpan.FromMinutes(5) });

        Assert.Contains("more than", outcome, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"it took {watch.Elapsed}");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2L * 1024 * 1024 * 1024, "it allocated too much on the way");
    }

    [Theory]
    [InlineData("json.unmarshal(concat(\"\", [\"[\" | some _ in numbers.range(1, 5000)]))", Evaluations.Undefined)]
    [InlineData("count(json.marshal([[input.deep]]))", "185")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[input.deep]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "nests deeper")]
    public void Function_OfDeepArguments_EndsWithAValueOrAnError(string call, string outcome) =>
        Assert.Contains(outcome, Evaluations.Value("p := " + call, Input), StringComparison.Ordinal);
}
