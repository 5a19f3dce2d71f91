using Kata.Agent.Devices;
using Kata.Linux.Netlink;
using Kata.Primitives;

namespace Kata.Agent.Network;

/// <summary>Finds the interface that the host means, waiting for one that is being plugged in.</summary>
/// <param name="netlink">The guest's networking.</param>
/// <param name="time">The clock.</param>
/// <param name="patience">How long to wait.</param>
internal sealed class LinkFinder(RouteNetlink netlink, TimeProvider time, TimeSpan patience)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10);

    private readonly NetDevices _devices = new(Sysfs.Guest);

    /// <summary>Finds it.</summary>
    /// <exception cref="KataException">DeadlineExceeded: it did not appear.</exception>
    public async Task<NetworkLink> FindAsync(InterfaceWish wish, CancellationToken cancellationToken)
    {
        NetworkLink? link = await Until.FoundAsync(() => TryFind(wish), patience, Between, time, cancellationToken).ConfigureAwait(false);
        return link ?? throw new KataException(ErrorCode.DeadlineExceeded, $"no interface with {Describe(wish)} appeared within {patience.TotalSeconds} s");
    }

    private NetworkLink? TryFind(InterfaceWish wish)
    {
        IReadOnlyList<NetworkLink> links = netlink.Links();
        if (wish.DevicePath is { } path)
        {
            string? name = _devices.NameAt(path);
            return name is null ? null : links.FirstOrDefault(link => link.Name == name);
        }

        if (wish.HardwareAddress.Length == 0)
        {
            return links.FirstOrDefault(link => link.Name == wish.Name);
        }

        // Bridges and VLANs take the address of a device they are on: the device itself is meant.
        return links.Where(link => link.HardwareAddress == wish.HardwareAddress).MinBy(link => link.Kind is "bridge" or "vlan" or "macvlan" or "bond" ? 1 : 0)
            ?? links.FirstOrDefault(link => link.Name == wish.Name && IsUntouched(link));
    }

    /// <summary>
    /// A device that came with the machine and has another address, as in a machine cloned from a template, is recognized by its name; but never one that
    /// is in use, which may just have the name that the other one is to get.
    /// </summary>
    private bool IsUntouched(NetworkLink link) =>
        !link.Flags.HasFlag(LinkFlags.Up) && !link.Flags.HasFlag(LinkFlags.Loopback) && netlink.Addresses(link.Index).Count == 0;

    private static string Describe(InterfaceWish wish) => wish.DevicePath is { } path ? $"PCI path {path}"
        : wish.HardwareAddress.Length > 0 ? $"hardware address {wish.HardwareAddress}"
        : $"name {wish.Name}";
}
