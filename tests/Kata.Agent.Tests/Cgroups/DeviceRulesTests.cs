using Kata.Agent.Cgroups;
using Kata.Agent.Devices;
using Kata.Agent.Tests.Devices;
using Kata.Linux.Cgroups;
using Kata.Linux.Paths;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Cgroups;

public sealed class DeviceRulesTests
{
    [Fact]
    public void Compose_Nothing_DeniesAllButTheUsual()
    {
        IReadOnlyList<DeviceRule> rules = new DeviceRules(GuestDisks.None).Compose([], []);

        Assert.Equal("a", rules[0].ToString());
        Assert.False(rules[0].Allow);
        Assert.Contains(rules, rule => rule is { Allow: true } && rule.ToString() == "c 1:3 rwm");
        Assert.DoesNotContain(rules, rule => rule is { Allow: true, Kind: DeviceRuleKind.All });
    }

    [Fact]
    public void Compose_DeviceAndRules_KeepTheirOrder()
    {
        IReadOnlyList<DeviceRule> rules = new DeviceRules(GuestDisks.None).Compose(
            [new LinuxDevice { Path = "/dev/x", Type = "b", Major = 8, Minor = 1 }],
            [new LinuxDeviceCgroup { Allow = false, Type = "a" }, new LinuxDeviceCgroup { Allow = true, Type = "c", Access = "r" }]);

        List<string> texts = [.. rules.Select(rule => rule.ToString())];
        Assert.True(texts.IndexOf("b 8:1 rwm") < texts.IndexOf("c *:* r"));
        Assert.True(texts.LastIndexOf("a") < texts.IndexOf("c *:* m"), "making nodes stays allowed");
    }

    [Fact]
    public void Compose_AnyBlockDeviceOnVersion1_IsEachButTheGuestsOwn()
    {
        string[] texts = Compose(CgroupVersion.V1, "b", access: "rm");

        Assert.Equal(["-a", "+b *:* m", "+b 254:16 r", "+b 8:16 r"], texts[..4]);
        Assert.Equal(["-b 254:0 rw", "-c 21:0 rw"], texts[^2..]);
    }

    [Fact]
    public void Compose_TheGuestsOwnByNumber_MayBeMadeAndNotOpened()
    {
        string[] texts = Compose(CgroupVersion.V1, "b", 254, 0, "rwm");

        Assert.Equal(["-a", "+b 254:0 m", "+c *:* m"], texts[..3]);
        Assert.Equal(["-a", "+c *:* m"], Compose(CgroupVersion.V1, "c", 21, 0, "r")[..2]);
    }

    [Theory]
    [InlineData(CgroupVersion.V2, "b", "+b *:* rwm")]
    [InlineData(CgroupVersion.V1, "a", "+a")]
    public void Compose_WhereTheLastRuleDecides_RulesStayAsTheyAre(CgroupVersion version, string type, string expected)
    {
        string[] texts = Compose(version, type);

        Assert.Equal(expected, texts[1]);
        Assert.Equal("-c 21:0 rw", texts[^1]);
    }

    private static string[] Compose(CgroupVersion version, string type, long major = 0, long minor = 0, string access = "rwm")
    {
        using var sysfs = new FakeSysfs();
        sysfs.File("dev/block/254:0/dev", "254:0\n").File("dev/block/254:16/dev", "254:16\n").File("dev/block/8:16/dev", "8:16\n");
        var own = new GuestDisks(new HashSet<DeviceNumber> { new(254, 0) }, new HashSet<DeviceNumber> { new(21, 0) });

        IReadOnlyList<DeviceRule> rules = DeviceRules.For(own, version, sysfs.Sysfs)
            .Compose([], [new LinuxDeviceCgroup { Allow = true, Type = type, Major = major, Minor = minor, Access = access }]);

        return [.. rules.Select(rule => (rule.Allow ? "+" : "-") + rule)];
    }

    [Fact]
    public void Limits_Zeros_MeanNotSet()
    {
        CgroupLimits limits = ResourceMapping.Limits(new LinuxResources { CPU = new LinuxCPU(), Memory = new LinuxMemory { Limit = 5 }, Pids = new LinuxPids() });

        Assert.Null(limits.Cpu!.Shares);
        Assert.Null(limits.Memory!.Swappiness);
        Assert.Equal(5, limits.Memory.Limit);
        Assert.Null(limits.MaxProcesses);
    }
}
