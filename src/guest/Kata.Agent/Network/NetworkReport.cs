using System.Globalization;
using System.Net.Sockets;
using Kata.Linux.Netlink;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;

namespace Kata.Agent.Network;

/// <summary>Tells the host about the guest's networking, in its words.</summary>
internal static class NetworkReport
{
    /// <summary>All interfaces with their addresses.</summary>
    public static Interfaces Interfaces(RouteNetlink netlink)
    {
        ILookup<int, NetworkAddress> addresses = netlink.Addresses().ToLookup(address => address.LinkIndex);
        var all = new Interfaces();
        foreach (NetworkLink link in netlink.Links())
        {
            var entry = new Interface
            {
                Name = link.Name,
                HwAddr = link.HardwareAddress.ToUpperInvariant(),
                Mtu = link.Mtu,
                Type = link.Kind,
                RawFlags = (uint)link.Flags,
            };
            foreach (NetworkAddress address in addresses[link.Index])
            {
                entry.IPAddresses.Add(new IPAddress
                {
                    Family = FamilyOf(address.Address.AddressFamily),
                    Address = address.Address.ToString(),
                    Mask = address.PrefixLength.ToString(CultureInfo.InvariantCulture),
                });
            }

            all.Interfaces_.Add(entry);
        }

        return all;
    }

    /// <summary>The routes of the main table: IPv4, then IPv6.</summary>
    public static Routes Routes(RouteNetlink netlink)
    {
        var names = new Dictionary<int, string>();
        foreach (NetworkLink link in netlink.Links())
        {
            names[link.Index] = link.Name;
        }

        var all = new Routes();
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            foreach (NetworkRoute route in GuestRoutes.Of(netlink, family))
            {
                all.Routes_.Add(ToWire(route, names));
            }
        }

        return all;
    }

    private static Route ToWire(NetworkRoute route, Dictionary<int, string> names) => new()
    {
        Dest = route.Destination is { } destination
            ? $"{destination}/{route.DestinationPrefix}"
            : route.Family == AddressFamily.InterNetwork ? "0.0.0.0" : "::",
        Gateway = route.Gateway?.ToString() ?? string.Empty,
        Device = names.GetValueOrDefault(route.LinkIndex, string.Empty),
        Source = route.PreferredSource?.ToString() ?? (route.Source is { } source ? $"{source}/{route.SourcePrefix}" : string.Empty),
        Scope = (uint)route.Scope,
        Family = FamilyOf(route.Family),
        Flags = route.Flags,
        Mtu = route.Mtu,
    };

    private static IPFamily FamilyOf(AddressFamily family) => family == AddressFamily.InterNetwork ? IPFamily.V4 : IPFamily.V6;
}
