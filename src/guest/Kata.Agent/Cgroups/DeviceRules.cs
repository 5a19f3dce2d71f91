using Kata.Agent.Devices;
using Kata.Linux.Cgroups;
using Kata.Linux.Paths;
using Kata.Protocols.Oci;

namespace Kata.Agent.Cgroups;

/// <summary>
/// Which devices a container may use: those every container has, those of its spec, what the spec's rules say, and never the guest's own root disk
/// (CVE-2020-2023). Making nodes is allowed: a node without permission to open it is harmless.
/// </summary>
internal static class DeviceRules
{
    // Terminals, the console, and what runc allows as well.
    private static readonly (uint Major, uint? Minor)[] Defaults =
        [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2), (136, null), (10, 200)];

    /// <summary>The rules in order; the last that matches decides.</summary>
    public static IReadOnlyList<DeviceRule> Compose(IReadOnlyList<LinuxDevice> devices, IReadOnlyList<LinuxDeviceCgroup> rules)
    {
        var all = new List<DeviceRule>
        {
            new(Allow: false, DeviceRuleKind.All, null, null, DeviceAccess.All),
        };
        foreach (LinuxDevice device in devices)
        {
            if (device.Type is "c" or "u" or "b")
            {
                all.Add(DeviceRule.Parse(allow: true, device.Type, device.Major, device.Minor, "rwm"));
            }
        }

        foreach (LinuxDeviceCgroup rule in rules)
        {
            // The protocol cannot say "any": 0:0 is no device, so that is what it means.
            bool any = rule.Major == 0 && rule.Minor == 0;
            all.Add(DeviceRule.Parse(rule.Allow, rule.Type, any ? null : rule.Major, any ? null : rule.Minor, rule.Access));
        }

        // After the spec's rules, whose first one usually denies everything.
        all.Add(new DeviceRule(Allow: true, DeviceRuleKind.Character, null, null, DeviceAccess.MakeNode));
        all.Add(new DeviceRule(Allow: true, DeviceRuleKind.Block, null, null, DeviceAccess.MakeNode));
        foreach ((uint major, uint? minor) in Defaults)
        {
            all.Add(new DeviceRule(Allow: true, DeviceRuleKind.Character, major, minor, DeviceAccess.All));
        }

        foreach (DeviceNumber disk in RootDisk.Numbers)
        {
            all.Add(new DeviceRule(Allow: false, DeviceRuleKind.Block, disk.Major, disk.Minor, DeviceAccess.Read | DeviceAccess.Write));
        }

        return all;
    }
}
