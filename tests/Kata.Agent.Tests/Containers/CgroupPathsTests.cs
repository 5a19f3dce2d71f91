using Kata.Agent.Containers;
using Kata.Primitives;

namespace Kata.Agent.Tests.Containers;

public sealed class CgroupPathsTests
{
    [Theory]
    [InlineData("", "c1")]
    [InlineData("/default/c1", "default/c1")]
    [InlineData("kubepods//pod1/c1/", "kubepods/pod1/c1")]
    [InlineData("system.slice:kata:c1", "kata/c1")]
    public void Resolve_Forms_GivePathBelowTheRoot(string path, string expected) => Assert.Equal(expected, CgroupPaths.Resolve(path, "c1"));

    [Theory]
    [InlineData("/")]
    [InlineData("../x")]
    [InlineData("/a/../../b")]
    [InlineData("slice:..:name")]
    [InlineData("a\nb")]
    public void Resolve_PathOutside_IsInvalid(string path) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => CgroupPaths.Resolve(path, "c1")).Code);
}
