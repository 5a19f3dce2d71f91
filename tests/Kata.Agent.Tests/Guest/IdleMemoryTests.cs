using Kata.Agent.Guest;
using Microsoft.Extensions.Time.Testing;

namespace Kata.Agent.Tests.Guest;

public sealed class IdleMemoryTests
{
    private static readonly TimeSpan Half = IdleMemory.Rest / 2;

    [Fact]
    public void Release_StartsOneAfterTheOther_ComesOnceAfterTheLast()
    {
        var clock = new FakeTimeProvider();
        int released = 0;
        using var memory = new IdleMemory(clock, () => released++);

        memory.ProcessStarted();
        clock.Advance(Half);
        memory.ProcessStarted();
        clock.Advance(Half);
        memory.ProcessStarted();
        clock.Advance(Half);
        Assert.Equal(0, released);

        clock.Advance(Half);
        clock.Advance(Half);
        Assert.Equal(1, released);

        clock.Advance(IdleMemory.Rest * 10);
        Assert.Equal(1, released);
        memory.ProcessStarted();
        clock.Advance(IdleMemory.Rest);
        Assert.Equal(2, released);
    }
}
