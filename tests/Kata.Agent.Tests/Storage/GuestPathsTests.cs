using Kata.Agent.Storage;
using Kata.Primitives;

namespace Kata.Agent.Tests.Storage;

public sealed class GuestPathsTests
{
    [Fact]
    public void RequireBelowRoot_PathInside_IsItsRelativePart()
    {
        Assert.Equal("shared/containers", GuestPaths.RequireBelowRoot("/run/kata-containers/shared/containers/"));
        Assert.Equal("sandbox/shm", GuestPaths.RequireBelowRoot("/run/kata-containers/sandbox/shm"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/run/kata-containers")]
    [InlineData("/run/kata-containers/")]
    [InlineData("/run/kata-containersX/y")]
    [InlineData("/run/kata-containers/../etc")]
    [InlineData("/run/kata-containers/a/../../b")]
    [InlineData("/run/kata-containers//a")]
    [InlineData("/run/kata-containers/./a")]
    [InlineData("/run/kata-containers/a\0b")]
    [InlineData("run/kata-containers/a")]
    public void RequireBelowRoot_AnythingElse_IsInvalid(string path) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => GuestPaths.RequireBelowRoot(path)).Code);
}
