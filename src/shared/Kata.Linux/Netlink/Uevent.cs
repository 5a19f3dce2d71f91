namespace Kata.Linux.Netlink;

/// <summary>The kernel's word that a device came, went or changed.</summary>
/// <param name="Action"><c>add</c>, <c>remove</c>, <c>change</c> …</param>
/// <param name="DevicePath">Its path below /sys.</param>
/// <param name="Properties">All its properties, SUBSYSTEM and DEVNAME among them.</param>
public sealed record Uevent(string Action, string DevicePath, IReadOnlyDictionary<string, string> Properties)
{
    /// <summary>The kind of device: <c>block</c>; empty if it is not told.</summary>
    public string Subsystem => Properties.GetValueOrDefault("SUBSYSTEM", string.Empty);

    /// <summary>Its node below /dev: <c>vda</c>; empty for none.</summary>
    public string DeviceName => Properties.GetValueOrDefault("DEVNAME", string.Empty);
}
