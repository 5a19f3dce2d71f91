using Kata.Agent.Cgroups;
using Kata.Linux.Cgroups;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Cgroups;

public sealed class DeviceRulesTests
{
    [Fact]
    public void Compose_Nothing_DeniesAllButTheUsual()
    {
        IReadOnlyList<DeviceRule> rules = DeviceRules.Compose([], []);

        Assert.Equal("a", rules[0].ToString());
        Assert.False(rules[0].Allow);
        Assert.Contains(rules, rule => rule is { Allow: true } && rule.ToString() == "c 1:3 rwm");
        Assert.DoesNotContain(rules, rule => rule is { Allow: true, Kind: DeviceRuleKind.All });
    }

    [Fact]
    public void Compose_DeviceAndRules_KeepTheirOrder()
    {
        IReadOnlyList<DeviceRule> rules = DeviceRules.Compose(
            [new LinuxDevice { Path = "/dev/x", Type = "b", Major = 8, Minor = 1 }],
            [new LinuxDeviceCgroup { Allow = false, Type = "a" }, new LinuxDeviceCgroup { Allow = true, Type = "c", Access = "r" }]);

        List<string> texts = [.. rules.Select(rule => rule.ToString())];
        Assert.True(texts.IndexOf("b 8:1 rwm") < texts.IndexOf("c *:* r"));
        Assert.True(texts.LastIndexOf("a") < texts.IndexOf("c *:* m"), "making nodes stays allowed");
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
