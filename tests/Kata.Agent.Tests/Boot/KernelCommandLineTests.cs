using Kata.Agent.Boot;

namespace Kata.Agent.Tests.Boot;

public sealed class KernelCommandLineTests
{
    [Fact]
    public void Parse_QuotedValue_KeepsItsSpaces()
    {
        var line = KernelCommandLine.Parse("ro foo=\"a b\" \"bar=c d\" quiet\n");

        Assert.Equal("a b", line.Value("foo"));
        Assert.Equal("c d", line.Value("bar"));
        Assert.True(line.Has("quiet"));
        Assert.Null(line.Value("quiet"));
        Assert.False(line.Has("b"));
    }

    [Fact]
    public void Value_RepeatedKey_IsTheLastOne()
    {
        Assert.Equal("2", KernelCommandLine.Parse("a=1 a=2").Value("a"));
    }

    [Fact]
    public void Parse_UnclosedQuote_EndsWithTheLine()
    {
        Assert.Equal("x y", KernelCommandLine.Parse("a=\"x y").Value("a"));
    }
}
