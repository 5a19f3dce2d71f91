using Kata.Linux.Hosts;

namespace Kata.Linux.Tests.Hosts;

public sealed class OwnMemoryTests
{
    [Fact]
    public void ReleaseCleanFilePages_Always_GivesBackAndGoesOn()
    {
        long released = OwnMemory.ReleaseCleanFilePages();

        Assert.True(released > 0);
        Assert.Equal(released > 0, OwnMemory.ReleaseCleanFilePages() >= 0);
    }
}
