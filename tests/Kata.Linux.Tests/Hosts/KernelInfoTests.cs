using Kata.Linux.Hosts;

namespace Kata.Linux.Tests.Hosts;

public sealed class KernelInfoTests
{
    [Fact]
    public void Read_ThisKernel_IsWhatProcSays()
    {
        KernelInfo kernel = KernelInfo.Read();

        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), kernel.Release);
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/hostname").Trim(), kernel.HostName);
        Assert.True(kernel.IsAtLeast(5, 6));
        Assert.False(kernel.IsAtLeast(1000, 0));
    }

    [Theory]
    [InlineData("6.1.0-kata", 6, 1, true)]
    [InlineData("6.1-rc3", 6, 2, false)]
    [InlineData("nonsense", 0, 0, false)]
    public void IsAtLeast_AnyRelease_IsCompared(string release, int major, int minor, bool expected) =>
        Assert.Equal(expected, new KernelInfo(release, string.Empty, string.Empty, string.Empty).IsAtLeast(major, minor));
}
