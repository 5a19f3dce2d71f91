using Kata.Primitives;
using Kata.Rego.Data;
using Kata.Rego.Values;

namespace Kata.Rego.Tests;

public sealed class DocumentPatchTests
{
    private const string Document = """{"pstate": {"a": 1, "l": [1, 2], "o": {"x/y": 2}}}""";

    [Theory]
    [InlineData("""[{"op": "add", "path": "/pstate/b", "value": {"c": 1}}]""", """{"pstate": {"a": 1, "b": {"c": 1}, "l": [1, 2], "o": {"x/y": 2}}}""")]
    [InlineData("""[{"op": "add", "path": "/pstate/a", "value": 9}]""", """{"pstate": {"a": 9, "l": [1, 2], "o": {"x/y": 2}}}""")]
    [InlineData("""[{"op": "add", "path": "/pstate/l/0", "value": 0}, {"op": "add", "path": "/pstate/l/-", "value": 3}]""", """{"pstate": {"a": 1, "l": [0, 1, 2, 3], "o": {"x/y": 2}}}""")]
    [InlineData("""[{"op": "remove", "path": "/pstate/a"}]""", """{"pstate": {"l": [1, 2], "o": {"x/y": 2}}}""")]
    [InlineData("""[{"op": "remove", "path": "/pstate/l/0"}]""", """{"pstate": {"a": 1, "l": [2], "o": {"x/y": 2}}}""")]
    [InlineData("""[{"op": "remove", "path": "/pstate/o/x~1y"}]""", """{"pstate": {"a": 1, "l": [1, 2], "o": {}}}""")]
    [InlineData("""[{"op": "replace", "path": "/pstate/l/1", "value": 5}]""", """{"pstate": {"a": 1, "l": [1, 5], "o": {"x/y": 2}}}""")]
    [InlineData("""[{"op": "move", "from": "/pstate/a", "path": "/pstate/z"}]""", """{"pstate": {"l": [1, 2], "o": {"x/y": 2}, "z": 1}}""")]
    [InlineData("""[{"op": "copy", "from": "/pstate/l/0", "path": "/pstate/z"}]""", """{"pstate": {"a": 1, "l": [1, 2], "o": {"x/y": 2}, "z": 1}}""")]
    [InlineData("""[{"op": "test", "path": "/pstate/a", "value": 1}]""", Document)]
    [InlineData("""[{"op": "replace", "path": "", "value": {}}]""", "{}")]
    [InlineData("[]", Document)]
    public void Apply_Operations_ChangeTheDocument(string operations, string expected) =>
        Assert.Equal(Evaluations.Literal(expected), DocumentPatch.Apply((RegoObject)Evaluations.Literal(Document), Evaluations.Literal(operations), 1000));

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""[1]""")]
    [InlineData("""[{"op": "add", "path": "/pstate/x"}]""")]
    [InlineData("""[{"op": "add", "path": "pstate", "value": 1}]""")]
    [InlineData("""[{"op": "add", "path": "/no/x", "value": 1}]""")]
    [InlineData("""[{"op": "add", "path": "/pstate/l/9", "value": 1}]""")]
    [InlineData("""[{"op": "add", "path": "/pstate/l/01", "value": 1}]""")]
    [InlineData("""[{"op": "add", "path": "/pstate/a/b", "value": 1}]""")]
    [InlineData("""[{"op": "replace", "path": "/pstate/no", "value": 1}]""")]
    [InlineData("""[{"op": "replace", "path": "", "value": 1}]""")]
    [InlineData("""[{"op": "remove", "path": "/pstate/no"}]""")]
    [InlineData("""[{"op": "remove", "path": ""}]""")]
    [InlineData("""[{"op": "test", "path": "/pstate/a", "value": 2}]""")]
    [InlineData("""[{"op": "explode", "path": "/pstate/a"}]""")]
    public void Apply_OperationThatDoesNotFit_IsRefused(string operations)
    {
        var document = (RegoObject)Evaluations.Literal(Document);

        Assert.Equal(
            ErrorCode.InvalidArgument,
            Assert.Throws<KataException>(() => DocumentPatch.Apply(document, Evaluations.Literal(operations), 1000)).Code);
        Assert.Equal(Evaluations.Literal(Document), document);
    }

    [Fact]
    public void Apply_GrowingWithoutEnd_IsRefused()
    {
        RegoValue operations = Evaluations.Literal("[" + string.Join(',', Enumerable.Range(0, 100).Select(i => $$"""{"op": "add", "path": "/pstate/k{{i}}", "value": 1}""")) + "]");

        KataException error = Assert.Throws<KataException>(() => DocumentPatch.Apply((RegoObject)Evaluations.Literal(Document), operations, 100));

        Assert.Equal(ErrorCode.ResourceExhausted, error.Code);
    }
}
