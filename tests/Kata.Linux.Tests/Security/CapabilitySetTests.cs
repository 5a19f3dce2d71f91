using Kata.Linux.Security;
using Kata.Primitives;

namespace Kata.Linux.Tests.Security;

public sealed class CapabilitySetTests
{
    [Fact]
    public void Parse_Names_GivesTheirBits()
    {
        CapabilitySet set = CapabilitySet.Parse("CAP_CHOWN", "net_admin", "CAP_CHECKPOINT_RESTORE");

        Assert.Equal(1UL | (1UL << 12) | (1UL << 40), set.Bits);
        Assert.Equal("CAP_CHOWN,CAP_NET_ADMIN,CAP_CHECKPOINT_RESTORE", set.ToString());
    }

    [Fact]
    public void Parse_UnknownName_IsRefused() =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => CapabilitySet.Parse("CAP_FLY")).Code);

    [Fact]
    public void NameOf_All_IsReadBack() => Assert.Equal(CapabilitySet.All, CapabilitySet.Parse(CapabilitySet.All.Select(CapabilitySet.NameOf)));

    [Fact]
    public void ResourceLimits_AllNames_AreReadBack()
    {
        foreach (ResourceLimit limit in Enum.GetValues<ResourceLimit>())
        {
            Assert.Equal(limit, ResourceLimits.Parse(ResourceLimits.NameOf(limit)));
        }

        Assert.Throws<KataException>(() => ResourceLimits.Parse("NOFILE"));
    }
}
