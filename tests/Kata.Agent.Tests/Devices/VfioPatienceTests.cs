using Kata.Agent.Devices;

namespace Kata.Agent.Tests.Devices;

public sealed class VfioPatienceTests
{
    [Fact]
    public void Left_ManyDevices_ShareOneTimeThatBeginsWithTheFirst()
    {
        var clock = new Clock { Now = 1000 };
        var patience = new VfioPatience(clock);

        clock.Now += 60_000; // the container ran
        TimeSpan first = patience.Left;
        clock.Now += 2_000;
        TimeSpan second = patience.Left;
        clock.Now += 2_000;
        TimeSpan third = patience.Left;

        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1), TimeSpan.Zero), (first, second, third));
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Now;
    }
}
