using Kata.Agent.Devices;
using Kata.Linux.Cgroups;

namespace Kata.Agent.Cgroups;

/// <summary>
/// Keeps the guest's own disks from everything in the guest, at the top of the cgroups: a container that may change its own group's rules cannot give itself
/// what is denied further up. The agent needs no access either; what is mounted stays.
/// </summary>
internal static class DeviceGuard
{
    /// <summary>Denies them. Nothing happens in a guest without such disks.</summary>
    /// <param name="hierarchy">The guest's.</param>
    /// <param name="disks">Its own disks.</param>
    /// <exception cref="Kata.Linux.LinuxException">The kernel refused; then no container may be made.</exception>
    public static void Protect(CgroupHierarchy hierarchy, GuestDisks disks)
    {
        if (!disks.IsEmpty)
        {
            hierarchy.Open("/").Apply(new CgroupLimits { Devices = [.. new DeviceRules(disks).Denials] });
        }
    }
}
