using System.Net;
using System.Net.Sockets;
using Kata.Linux.Netlink;

namespace Kata.Agent.Network;

/// <summary>The routes of the guest that are the host's business: ordinary ones of the main table.</summary>
internal static class GuestRoutes
{
    private const byte Ordinary = 1; // RTN_UNICAST
    private const uint Settable = 0x4; // RTNH_F_ONLINK; the other bits report a state

    /// <summary>All of a family, those of the kernel included.</summary>
    public static IEnumerable<NetworkRoute> Of(RouteNetlink netlink, AddressFamily family) =>
        netlink.Routes(family).Where(route => route.Table == NetworkRoute.MainTable && route.Type == Ordinary);

    /// <summary>Whether a route is replaced by UpdateRoutes. Those of the kernel follow the addresses and announcements.</summary>
    public static bool IsOurs(NetworkRoute route) =>
        route.Protocol is not (RouteProtocol.Kernel or RouteProtocol.RouterAdvertisement or RouteProtocol.Redirect);

    /// <summary>The order in which routes can be added: a gateway must be reachable first.</summary>
    public static int Order(NetworkRoute route) => route.Gateway is null ? 0 : 1;

    /// <summary>A route that was read, as it is added.</summary>
    public static NetworkRoute ToAdd(NetworkRoute route) => route with { Flags = route.Flags & Settable };

    /// <summary>Whether a route of the kernel's table does what is wanted.</summary>
    public static bool Satisfies(NetworkRoute present, NetworkRoute wanted) =>
        present.Family == wanted.Family
        && present.DestinationPrefix == wanted.DestinationPrefix
        && SameAddress(present.Destination, wanted.Destination)
        && Equals(present.Gateway, wanted.Gateway)
        && (wanted.LinkIndex == 0 || present.LinkIndex == wanted.LinkIndex)
        && present.SourcePrefix == wanted.SourcePrefix
        && SameAddress(present.Source, wanted.Source)
        && (wanted.PreferredSource is null ? !IsOurs(present) || present.PreferredSource is null : wanted.PreferredSource.Equals(present.PreferredSource))
        && (wanted.Family != AddressFamily.InterNetwork || present.Scope == wanted.Scope)
        && present.Mtu == wanted.Mtu
        && (present.Flags & Settable) == wanted.Flags;

    // The kernel says "everywhere" by leaving the address out.
    private static bool SameAddress(IPAddress? first, IPAddress? second) =>
        Equals(first, second) || (first is null && IsAny(second!)) || (second is null && IsAny(first!));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
