using System.Net.Sockets;
using Kata.Linux;
using Kata.Linux.Netlink;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Network;

/// <summary>Makes one interface what the host wants. Only what differs is touched, so a repeated call changes nothing.</summary>
/// <param name="netlink">The guest's networking.</param>
/// <param name="undo">Gets a step for each change; run uncommitted it restores the interface.</param>
/// <param name="logger">Where it is told what was left out.</param>
internal sealed partial class LinkUpdate(RouteNetlink netlink, RollbackStack undo, ILogger logger)
{
    private const uint NoDuplicateDetection = 0x02; // IFA_F_NODAD

    /// <summary>Does it.</summary>
    /// <param name="link">The interface as it is.</param>
    /// <param name="wish">As it is to be.</param>
    /// <exception cref="LinuxException">The kernel refused a change.</exception>
    public void Apply(NetworkLink link, InterfaceWish wish)
    {
        IReadOnlyList<NetworkRoute> routes = RoutesOver(link.Index);
        undo.Push($"restore the routes over {link.Name}", () => Restore(routes));
        if (wish.HardwareAddress.Length > 0 && wish.HardwareAddress != link.HardwareAddress)
        {
            Change(
                link,
                () => netlink.SetLinkHardwareAddress(link.Index, wish.HardwareAddress),
                () => netlink.SetLinkHardwareAddress(link.Index, link.HardwareAddress));
        }

        if (wish.Name.Length > 0 && wish.Name != link.Name)
        {
            Rename(link, wish.Name);
        }

        if (wish.Mtu > 0 && wish.Mtu != link.Mtu)
        {
            Change(link, () => netlink.SetLinkMtu(link.Index, wish.Mtu), () => netlink.SetLinkMtu(link.Index, link.Mtu));
        }

        SetFlag(link, LinkFlags.NoArp, wish.NoArp);
        SetAddresses(link, wish);
        SetFlag(link, LinkFlags.Up, value: true);

        // A change may have cost routes that are still right: those over addresses that stay.
        Restore(routes);
    }

    private void Rename(NetworkLink link, string name)
    {
        IReadOnlyList<NetworkLink> all = netlink.Links();
        if (all.FirstOrDefault(other => other.Name == name) is not { } holder)
        {
            Rename(link, link.Name, name);
            return;
        }

        // Two that swap names need a third one for a moment.
        int number = 0;
        while (all.Any(other => other.Name == Spare(number)))
        {
            number++;
        }

        Rename(holder, name, Spare(number));
        Rename(link, link.Name, name);
        Rename(holder, Spare(number), link.Name);
    }

    private static string Spare(int number) => $"kata-swap{number}";

    private void Rename(NetworkLink link, string from, string to) =>
        Change(link, () => netlink.SetLinkName(link.Index, to), () => netlink.SetLinkName(link.Index, from));

    private void SetFlag(NetworkLink link, LinkFlags flag, bool value)
    {
        if (link.Flags.HasFlag(flag) == value)
        {
            return;
        }

        Set(value);
        undo.Push($"restore flag {flag} of {link.Name}", () => Set(!value));

        void Set(bool on) => netlink.SetLinkFlags(link.Index, on ? flag : LinkFlags.None, on ? LinkFlags.None : flag);
    }

    private void SetAddresses(NetworkLink link, InterfaceWish wish)
    {
        IReadOnlyList<NetworkAddress> before = netlink.Addresses(link.Index);
        List<NetworkAddress> wanted = [];
        foreach ((System.Net.IPAddress address, byte prefix) in wish.Addresses)
        {
            bool sixth = address.AddressFamily == AddressFamily.InterNetworkV6;
            if (sixth && !Ipv6Switch.IsOn(wish.Name.Length > 0 ? wish.Name : link.Name))
            {
                LogNoIpv6(logger, address.ToString(), link.Name);
                continue;
            }

            // The host has found out long ago that nobody else has it.
            wanted.Add(new NetworkAddress { LinkIndex = link.Index, Address = address, PrefixLength = prefix, Flags = sixth ? NoDuplicateDetection : 0 });
        }

        undo.Push($"restore the addresses of {link.Name}", () => MakeAddresses(link.Index, before));
        MakeAddresses(link.Index, wanted);
    }

    private void MakeAddresses(int index, IReadOnlyList<NetworkAddress> wanted)
    {
        foreach (NetworkAddress address in netlink.Addresses(index))
        {
            // The kernel makes the link-local address itself, and again whenever the interface comes up.
            bool kernels = address.Address.IsIPv6LinkLocal;
            if (!kernels && !Contains(wanted, address))
            {
                RemoveAddress(address);
            }
        }

        // Read again: with the first address of a network the kernel removes the others of that network.
        IReadOnlyList<NetworkAddress> present = netlink.Addresses(index);
        foreach (NetworkAddress address in wanted)
        {
            if (!Contains(present, address))
            {
                netlink.AddAddress(address with { Flags = address.Flags & NoDuplicateDetection });
            }
        }
    }

    private void RemoveAddress(NetworkAddress address)
    {
        try
        {
            netlink.RemoveAddress(address);
        }
        catch (LinuxException error) when (error.Errno == Errno.EADDRNOTAVAIL)
        {
            return; // it went with another one
        }
    }

    private static bool Contains(IReadOnlyList<NetworkAddress> list, NetworkAddress address) =>
        list.Any(entry => entry.Address.Equals(address.Address) && entry.PrefixLength == address.PrefixLength && Equals(entry.Peer, address.Peer));

    private void Change(NetworkLink link, Action change, Action revert)
    {
        Perform(link, change);
        undo.Push($"restore {link.Name}", () => Perform(link, revert));
    }

    /// <summary>Some drivers, and older kernels, change some things only while the interface is off.</summary>
    private void Perform(NetworkLink link, Action change)
    {
        try
        {
            change();
        }
        catch (LinuxException error) when (error.Errno == Errno.EBUSY && link.Flags.HasFlag(LinkFlags.Up))
        {
            PerformDown(link, change);
        }
    }

    private void PerformDown(NetworkLink link, Action change)
    {
        IReadOnlyList<NetworkAddress> addresses = netlink.Addresses(link.Index);
        IReadOnlyList<NetworkRoute> routes = RoutesOver(link.Index);
        netlink.SetLinkDown(link.Index);
        try
        {
            change();
        }
        finally
        {
            netlink.SetLinkUp(link.Index);
            MakeAddresses(link.Index, addresses);
            Restore(routes);
        }
    }

    private List<NetworkRoute> RoutesOver(int index)
    {
        List<NetworkRoute> routes = [];
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            routes.AddRange(GuestRoutes.Of(netlink, family).Where(route => route.LinkIndex == index && GuestRoutes.IsOurs(route)));
        }

        return routes;
    }

    private void Restore(IReadOnlyList<NetworkRoute> routes)
    {
        foreach (NetworkRoute route in routes.OrderBy(GuestRoutes.Order))
        {
            try
            {
                netlink.AddRoute(GuestRoutes.ToAdd(route));
            }
            catch (LinuxException error) when (error.Errno is Errno.EEXIST)
            {
                // It never went.
            }
            catch (LinuxException error) when (error.Errno is Errno.ENETUNREACH or Errno.EINVAL)
            {
                LogRouteGone(logger, error.Message); // its address or network is no longer the interface's
            }
        }
    }

    [LoggerMessage(EventId = 860, Level = LogLevel.Warning, Message = "address {Address} is left out: IPv6 is switched off for {Link}")]
    private static partial void LogNoIpv6(ILogger logger, string address, string link);

    [LoggerMessage(EventId = 861, Level = LogLevel.Information, Message = "a route went with its address: {Reason}")]
    private static partial void LogRouteGone(ILogger logger, string reason);
}
