using Kata.Configuration.Overrides;

namespace Kata.Configuration.Tests.Overrides;

public sealed class PathGlobTests
{
    [Theory]
    [InlineData("/a/b", "/a/b", true)]
    [InlineData("/a/*", "/a/b", true)]
    [InlineData("/a/*", "/a/b/c", false)]
    [InlineData("/a/*/c", "/a/b/c", true)]
    [InlineData("/*b*", "/abc", true)]
    [InlineData("/a?c", "/abc", true)]
    [InlineData("/a?c", "/ac", false)]
    [InlineData("/[ab]x", "/bx", true)]
    [InlineData("/[a-c]x", "/bx", true)]
    [InlineData("/[^a-c]x", "/bx", false)]
    [InlineData("/[", "/[", false)]
    [InlineData("/\\*", "/*", true)]
    [InlineData("/\\*", "/x", false)]
    [InlineData("/a/*", "/a/..", false)]
    [InlineData("/a/*/b", "/a/../b", false)]
    [InlineData("/a/*", "/a/", false)]
    [InlineData("a/*", "a/b", false)]
    [InlineData("", "", false)]
    [InlineData("/", "/", false)]
    public void Matches_PatternAndPath_IsAsTheShellSays(string pattern, string path, bool expected) =>
        Assert.Equal(expected, PathGlob.Matches(pattern, path));

    [Fact]
    public void Matches_ManyStars_TakesLittleTime()
    {
        string pattern = "/" + string.Concat(Enumerable.Repeat("*a", 500)) + "b";

        Assert.False(PathGlob.Matches(pattern, "/" + new string('a', 4000)));
    }
}
