using Kata.Agent.Rootfs;

namespace Kata.Agent.Tests.Rootfs;

public sealed class ProcMountRulesTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("", "/")]
    [InlineData("//", "/")]
    [InlineData("/.", "/")]
    [InlineData("/a/b.c/.d", "/a/b.c/.d")]
    [InlineData("a/b", "/a/b")]
    [InlineData("/a/", "/a")]
    [InlineData("/a//b", "/a/b")]
    [InlineData("/a/./b/.", "/a/b")]
    [InlineData("//proc", "/proc")]
    public void Clean_Path_HasNoNeedlessParts(string path, string clean) => Assert.Equal(clean, ProcMountRules.Clean(path));
}
