using Kata.Agent.Containers;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Containers;

public sealed class TimeOffsetsTests
{
    [Fact]
    public void Compose_Clocks_AreLines() => Assert.Equal(
        "monotonic -5 7\n", TimeOffsets.Compose(new Dictionary<string, LinuxTimeOffset> { ["monotonic"] = new() { Secs = -5, Nanosecs = 7 } }));

    [Theory]
    [InlineData("realtime", 0u)]
    [InlineData("boottime", 1_000_000_000u)]
    public void Compose_NoClockOrOffset_IsInvalid(string clock, uint nanoseconds) => Assert.Throws<KataException>(
        () => TimeOffsets.Compose(new Dictionary<string, LinuxTimeOffset> { [clock] = new() { Nanosecs = nanoseconds } }));
}
