using Kata.AgentCtl.Requests;
using Kata.Primitives;

namespace Kata.AgentCtl.Tests.Requests;

public sealed class WordSplitterTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  Check  ", new[] { "Check" })]
    [InlineData("a 'b c' d\"e f\"g", new[] { "a", "b c", "de fg" })]
    [InlineData("a\\ b \\\" \"x\\\"y\" ''", new[] { "a b", "\"", "x\"y", "" })]
    [InlineData("X {\"a\": [1, \"}\\\"\"]} y=1", new[] { "X", "{\"a\": [1, \"}\\\"\"]}", "y=1" })]
    [InlineData("X json://{\"a\": 1} b=[\"c d\"] e='[f g'", new[] { "X", "json://{\"a\": 1}", "b=[\"c d\"]", "e=[f g" })]
    [InlineData("process.Args=\"ls -l '/a b'\"", new[] { "process.Args=ls -l '/a b'" })]
    [InlineData("a=b=c=[ d", new[] { "a=b=c=[", "d" })]
    public void Split_Line_GivesItsWords(string line, string[] words) => Assert.Equal(words, WordSplitter.Split(line));

    [Theory]
    [InlineData("a 'b", "the quote ' in column 3 is not closed")]
    [InlineData("a=\"b", "the quote \" in column 3 is not closed")]
    [InlineData("X {\"a\": [1}", "the bracket { in column 3 is not closed")]
    public void Split_Unclosed_SaysWhere(string line, string expected) =>
        Assert.Equal(expected, Assert.Throws<KataException>(() => WordSplitter.Split(line)).Message);
}
