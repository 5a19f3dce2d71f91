using Kata.Agent.Devices;
using Kata.Linux.Cgroups;
using Kata.Linux.Paths;
using Kata.Protocols.Oci;

namespace Kata.Agent.Cgroups;

/// <summary>
/// Which devices a container may use: those every container has, those of its spec, what the spec's rules say, and never the guest's own disks
/// (CVE-2020-2023). Making nodes is allowed: a node without permission to open it is harmless.
/// </summary>
/// <param name="own">The guest's own disks.</param>
/// <param name="others">
/// The other block devices there are, if "any block device" has to be said as "each of these": version 1 cannot take a device out of a rule for many. Null where
/// it can.
/// </param>
internal sealed class DeviceRules(GuestDisks own, IReadOnlyList<DeviceNumber>? others = null)
{
    private const DeviceAccess Use = DeviceAccess.Read | DeviceAccess.Write;

    private static readonly DeviceRule DenyAll = new(Allow: false, DeviceRuleKind.All, null, null, DeviceAccess.All);

    // Nodes may be made of everything; terminals, the console, and what runc allows as well.
    private static readonly DeviceRule[] Defaults =
    [
        new(Allow: true, DeviceRuleKind.Character, null, null, DeviceAccess.MakeNode),
        new(Allow: true, DeviceRuleKind.Block, null, null, DeviceAccess.MakeNode),
        .. from device in ((uint Major, uint? Minor)[])[(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2), (136, null), (10, 200)]
           select new DeviceRule(Allow: true, DeviceRuleKind.Character, device.Major, device.Minor, DeviceAccess.All),
    ];

    /// <summary>Those that keep the guest's own disks from everybody.</summary>
    public IEnumerable<DeviceRule> Denials =>
    [
        .. own.Blocks.Select(disk => new DeviceRule(Allow: false, DeviceRuleKind.Block, disk.Major, disk.Minor, Use)),
        .. own.Characters.Select(node => new DeviceRule(Allow: false, DeviceRuleKind.Character, node.Major, node.Minor, Use)),
    ];

    /// <summary>The rules for containers in a version of cgroups, with the guest's devices as they are now.</summary>
    public static DeviceRules For(GuestDisks own, CgroupVersion version, Sysfs sysfs) => new(
        own,
        version == CgroupVersion.V2 || own.IsEmpty
            ? null
            : [.. sysfs.List("dev/block").Select(name => sysfs.ReadNumber($"dev/block/{name}/dev")).OfType<DeviceNumber>().Where(number => !own.Blocks.Contains(number))]);

    /// <summary>The rules in order; the last that matches decides.</summary>
    public IReadOnlyList<DeviceRule> Compose(IReadOnlyList<LinuxDevice> devices, IReadOnlyList<LinuxDeviceCgroup> rules)
    {
        var all = new List<DeviceRule>(1 + devices.Count + rules.Count + Defaults.Length) { DenyAll };
        foreach (LinuxDevice device in devices)
        {
            if (device.Type is "c" or "u" or "b")
            {
                all.AddRange(Confine(DeviceRule.Parse(allow: true, device.Type, device.Major, device.Minor, "rwm")));
            }
        }

        foreach (LinuxDeviceCgroup rule in rules)
        {
            // The protocol cannot say "any": 0:0 is no device, so that is what it means.
            bool any = rule.Major == 0 && rule.Minor == 0;
            all.AddRange(Confine(DeviceRule.Parse(rule.Allow, rule.Type, any ? null : rule.Major, any ? null : rule.Minor, rule.Access)));
        }

        // After the spec's rules, whose first one usually denies everything.
        all.AddRange(Defaults);
        all.AddRange(Denials);
        return all;
    }

    // Version 1 refuses a rule that allows what is denied further up, and does not take one device out of a rule that allows many.
    private IEnumerable<DeviceRule> Confine(DeviceRule rule)
    {
        if (others is null || !rule.Allow || !Covers(rule))
        {
            return [rule];
        }

        IEnumerable<DeviceRule> rest = rule.Kind == DeviceRuleKind.Block && (rule.Access & Use) != 0
            ? others.Where(device => Matches(rule, device)).Select(device => rule with { Major = device.Major, Minor = device.Minor, Access = rule.Access & Use })
            : [];
        return (rule.Access & DeviceAccess.MakeNode) != 0 ? [rule with { Access = DeviceAccess.MakeNode }, .. rest] : rest;
    }

    private bool Covers(DeviceRule rule) => (rule.Access & Use) != 0 && rule.Kind switch
    {
        DeviceRuleKind.Block => own.Blocks.Any(device => Matches(rule, device)),
        DeviceRuleKind.Character => own.Characters.Any(device => Matches(rule, device)),
        _ => false, // "everything" is taken from what is allowed further up
    };

    private static bool Matches(DeviceRule rule, DeviceNumber device) => (rule.Major ?? device.Major) == device.Major && (rule.Minor ?? device.Minor) == device.Minor;
}
