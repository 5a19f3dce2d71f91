using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Resources;

namespace Kata.Runtime.Tests;

public sealed class SandboxSizeTests
{
    [Theory]
    [InlineData(null, null, null, 1u, 256)]
    [InlineData(150_000L, 100_000UL, null, 3u, 256)]
    [InlineData(-1L, 100_000UL, null, 1u, 256)]
    [InlineData(10_000_000L, 100_000UL, null, 4u, 256)]
    [InlineData(null, null, 128L * 1024 * 1024, 1u, 384)]
    [InlineData(null, null, (128L * 1024 * 1024) + 1, 1u, 385)]
    [InlineData(null, null, long.MaxValue, 1u, 1024)]
    public void For_Limits_AddsThemToTheBase(long? quota, ulong? period, long? memory, uint vcpus, long mebibytes)
    {
        var resources = new LinuxResources { Cpu = new LinuxCpu { Quota = quota, Period = period }, Memory = new LinuxMemory { Limit = memory } };

        SandboxSize size = SandboxSize.For(1, 4, ByteSize.FromMebibytes(256), ByteSize.FromMebibytes(1024), resources);

        Assert.Equal(new SandboxSize(vcpus, ByteSize.FromMebibytes(mebibytes)), size);
    }
}
