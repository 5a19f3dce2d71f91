using Kata.Agent.Processes;
using Kata.Linux.Security;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Processes;

public sealed class CapabilityPlanTests
{
    private static readonly CapabilitySet Two = CapabilitySet.Parse("CAP_KILL", "CAP_CHOWN");

    [Fact]
    public void From_TheSameNamesThrice_AreThreeTimesThose()
    {
        var plan = CapabilityPlan.From(new LinuxCapabilities { Bounding = { "CAP_CHOWN", "CAP_KILL" }, Effective = { "CAP_CHOWN", "CAP_KILL" }, Permitted = { "CAP_CHOWN", "CAP_KILL" } });

        Assert.Equal(new CapabilityPlan(Two, Two, Two, default, default), plan);
    }

    [Fact]
    public void From_DifferentSets_EachIsItsOwnAndEffectiveOnesArePermitted()
    {
        var plan = CapabilityPlan.From(new LinuxCapabilities
        {
            Bounding = { "CAP_CHOWN", "CAP_KILL" },
            Effective = { "CAP_KILL", "CAP_SYS_ADMIN" },
            Permitted = { "CAP_KILL", "CAP_UNKNOWN" },
            Inheritable = { "CAP_CHOWN" },
            Ambient = { "CAP_KILL" },
        });

        CapabilitySet kill = CapabilitySet.Parse("CAP_KILL");
        Assert.Equal(new CapabilityPlan(Two, kill, kill, CapabilitySet.Parse("CAP_CHOWN"), kill), plan);
    }

    [Fact]
    public void From_Nothing_IsNothing() => Assert.Equal(new CapabilityPlan(default, default, default, default, default), CapabilityPlan.From(null));
}
