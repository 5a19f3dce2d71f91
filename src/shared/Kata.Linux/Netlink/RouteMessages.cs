using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Kata.Primitives;

namespace Kata.Linux.Netlink;

/// <summary>The messages of rtnetlink(7). Parsers return null for what is malformed or of another kind.</summary>
internal static class RouteMessages
{
    internal const int LinkSize = 16; // struct ifinfomsg: family 1, pad 1, type 2, index 4, flags 4, change 4
    internal const int AddressSize = 8; // struct ifaddrmsg: family, prefix, flags, scope 1 each, index 4
    internal const int RouteSize = 12; // struct rtmsg: family, to, from, tos, table, protocol, scope, type 1 each, flags 4
    internal const int NeighborSize = 12; // struct ndmsg: family 1, pad 3, index 4, state 2, flags 1, type 1

    internal const ushort LinkAddress = 1; // IFLA_ADDRESS
    internal const ushort LinkName = 3; // IFLA_IFNAME
    internal const ushort LinkMtu = 4; // IFLA_MTU
    internal const ushort LinkInfo = 18; // IFLA_LINKINFO
    internal const ushort LinkInfoKind = 1; // IFLA_INFO_KIND
    private const ushort LinkParent = 5; // IFLA_LINK
    private const ushort LinkMaster = 10; // IFLA_MASTER
    private const ushort AddressPeer = 1; // IFA_ADDRESS
    private const ushort AddressLocal = 2; // IFA_LOCAL
    private const ushort AddressFlags = 8; // IFA_FLAGS
    private const ushort RouteDestination = 1; // RTA_DST
    private const ushort RouteSource = 2; // RTA_SRC
    private const ushort RouteOutput = 4; // RTA_OIF
    private const ushort RouteGateway = 5; // RTA_GATEWAY
    private const ushort RoutePriority = 6; // RTA_PRIORITY
    private const ushort RoutePreferredSource = 7; // RTA_PREFSRC
    private const ushort RouteMetrics = 8; // RTA_METRICS
    private const ushort RouteTable = 15; // RTA_TABLE
    private const ushort RouteMetricMtu = 2; // RTAX_MTU
    private const ushort NeighborAddress = 1; // NDA_DST
    private const ushort NeighborHardwareAddress = 2; // NDA_LLADDR

    private const byte Inet = 2; // AF_INET
    private const byte Inet6 = 10; // AF_INET6

    internal static byte FamilyNumber(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => Inet,
        AddressFamily.InterNetworkV6 => Inet6,
        _ => throw KataException.Invalid($"address family {family} is neither IPv4 nor IPv6"),
    };

    internal static NetworkLink? ParseLink(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < LinkSize)
        {
            return null;
        }

        var link = new NetworkLink
        {
            Index = BinaryPrimitives.ReadInt32LittleEndian(payload[4..]),
            Name = string.Empty,
            Type = BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]),
            Flags = (LinkFlags)BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]),
        };
        var attributes = new NetlinkAttributes(payload[LinkSize..]);
        while (attributes.MoveNext())
        {
            link = attributes.Type switch
            {
                LinkAddress => link with { HardwareAddress = HardwareAddress.Format(attributes.Value) },
                LinkName => link with { Name = attributes.Text },
                LinkMtu => link with { Mtu = attributes.Number },
                LinkParent => link with { ParentIndex = (int)attributes.Number },
                LinkMaster => link with { MasterIndex = (int)attributes.Number },
                LinkInfo => link with { Kind = KindOf(attributes.Value) },
                _ => link,
            };
        }

        return link;
    }

    internal static NetworkAddress? ParseAddress(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < AddressSize)
        {
            return null;
        }

        IPAddress? local = null;
        IPAddress? peer = null;
        uint flags = payload[2];
        var attributes = new NetlinkAttributes(payload[AddressSize..]);
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case AddressPeer:
                    peer = ToAddress(payload[0], attributes.Value);
                    break;
                case AddressLocal:
                    local = ToAddress(payload[0], attributes.Value);
                    break;
                case AddressFlags:
                    flags = attributes.Number;
                    break;
            }
        }

        // Without a peer both are the same on IPv4, and only the first is there on IPv6.
        return (local ?? peer) is { } address
            ? new NetworkAddress
            {
                LinkIndex = BinaryPrimitives.ReadInt32LittleEndian(payload[4..]),
                Address = address,
                PrefixLength = payload[1],
                Peer = local is null || peer is null || peer.Equals(local) ? null : peer,
                Scope = (RouteScope)payload[3],
                Flags = flags,
            }
            : null;
    }

    internal static NetworkRoute? ParseRoute(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < RouteSize || payload[0] is not (Inet or Inet6))
        {
            return null;
        }

        byte family = payload[0];
        var route = new NetworkRoute
        {
            Family = family == Inet ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
            DestinationPrefix = payload[1],
            SourcePrefix = payload[2],
            Table = payload[4],
            Protocol = (RouteProtocol)payload[5],
            Scope = (RouteScope)payload[6],
            Type = payload[7],
            Flags = BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]),
        };
        var attributes = new NetlinkAttributes(payload[RouteSize..]);
        while (attributes.MoveNext())
        {
            route = attributes.Type switch
            {
                RouteDestination => route with { Destination = ToAddress(family, attributes.Value) },
                RouteSource => route with { Source = ToAddress(family, attributes.Value) },
                RouteOutput => route with { LinkIndex = (int)attributes.Number },
                RouteGateway => route with { Gateway = ToAddress(family, attributes.Value) },
                RoutePriority => route with { Metric = attributes.Number },
                RoutePreferredSource => route with { PreferredSource = ToAddress(family, attributes.Value) },
                RouteTable => route with { Table = attributes.Number },
                RouteMetrics => route with { Mtu = MtuOf(attributes.Value) },
                _ => route,
            };
        }

        return route;
    }

    internal static NetworkNeighbor? ParseNeighbor(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < NeighborSize)
        {
            return null;
        }

        IPAddress? address = null;
        string hardware = string.Empty;
        var attributes = new NetlinkAttributes(payload[NeighborSize..]);
        while (attributes.MoveNext())
        {
            if (attributes.Type == NeighborAddress)
            {
                address = ToAddress(payload[0], attributes.Value);
            }
            else if (attributes.Type == NeighborHardwareAddress)
            {
                hardware = HardwareAddress.Format(attributes.Value);
            }
        }

        return address is null
            ? null
            : new NetworkNeighbor
            {
                LinkIndex = BinaryPrimitives.ReadInt32LittleEndian(payload[4..]),
                Address = address,
                HardwareAddress = hardware,
                State = BinaryPrimitives.ReadUInt16LittleEndian(payload[8..]),
                Flags = payload[10],
            };
    }

    internal static NetlinkRequest BuildAddress(ushort type, ushort flags, NetworkAddress address)
    {
        byte[] bytes = address.Address.GetAddressBytes();
        RequirePrefix(address.PrefixLength, bytes.Length);
        var request = new NetlinkRequest(type, flags);
        Span<byte> header = request.Fixed(AddressSize);
        header[0] = FamilyNumber(address.Address.AddressFamily);
        header[1] = address.PrefixLength;
        header[3] = (byte)address.Scope;
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], address.LinkIndex);
        request.Attribute(AddressLocal, bytes).Attribute(AddressPeer, address.Peer?.GetAddressBytes() ?? bytes);
        return address.Flags != 0 ? request.Attribute(AddressFlags, address.Flags) : request;
    }

    internal static NetlinkRequest BuildRoute(ushort type, ushort flags, NetworkRoute route)
    {
        int addressLength = route.Family == AddressFamily.InterNetwork ? 4 : 16;
        RequirePrefix(route.DestinationPrefix, addressLength);
        RequirePrefix(route.SourcePrefix, addressLength);
        var request = new NetlinkRequest(type, flags);
        Span<byte> header = request.Fixed(RouteSize);
        header[0] = FamilyNumber(route.Family);
        header[1] = route.DestinationPrefix;
        header[2] = route.SourcePrefix;
        header[4] = route.Table <= byte.MaxValue ? (byte)route.Table : (byte)0;
        header[5] = (byte)route.Protocol;
        header[6] = (byte)route.Scope;
        header[7] = route.Type;
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], route.Flags);
        AddAddress(request, RouteDestination, route.Destination, route.Family);
        AddAddress(request, RouteSource, route.Source, route.Family);
        AddAddress(request, RouteGateway, route.Gateway, route.Family);
        AddAddress(request, RoutePreferredSource, route.PreferredSource, route.Family);
        AddNumber(request, RouteTable, route.Table);
        AddNumber(request, RouteOutput, (uint)route.LinkIndex);
        AddNumber(request, RoutePriority, route.Metric);
        return route.Mtu == 0 ? request : request.Nested(RouteMetrics, metrics => metrics.Attribute(RouteMetricMtu, route.Mtu));
    }

    internal static NetlinkRequest BuildNeighbor(ushort type, ushort flags, NetworkNeighbor neighbor)
    {
        var request = new NetlinkRequest(type, flags);
        Span<byte> header = request.Fixed(NeighborSize);
        header[0] = FamilyNumber(neighbor.Address.AddressFamily);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], neighbor.LinkIndex);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], neighbor.State);
        header[10] = neighbor.Flags;
        request.Attribute(NeighborAddress, neighbor.Address.GetAddressBytes());
        return neighbor.HardwareAddress.Length > 0
            ? request.Attribute(NeighborHardwareAddress, HardwareAddress.Parse(neighbor.HardwareAddress))
            : request;
    }

    private static void AddAddress(NetlinkRequest request, ushort type, IPAddress? address, AddressFamily family)
    {
        if (address is null)
        {
            return;
        }

        if (address.AddressFamily != family)
        {
            throw KataException.Invalid($"address {address} is not of the route's family");
        }

        request.Attribute(type, address.GetAddressBytes());
    }

    private static void AddNumber(NetlinkRequest request, ushort type, uint value)
    {
        if (value != 0)
        {
            request.Attribute(type, value);
        }
    }

    private static void RequirePrefix(byte prefix, int addressLength)
    {
        if (prefix > addressLength * 8)
        {
            throw KataException.Invalid($"a prefix of {prefix} bits is longer than the address");
        }
    }

    private static IPAddress? ToAddress(byte family, ReadOnlySpan<byte> value) => (family, value.Length) switch
    {
        (Inet, 4) or (Inet6, 16) => new IPAddress(value),
        _ => null,
    };

    private static string KindOf(ReadOnlySpan<byte> info)
    {
        var attributes = new NetlinkAttributes(info);
        while (attributes.MoveNext())
        {
            if (attributes.Type == LinkInfoKind)
            {
                return attributes.Text;
            }
        }

        return string.Empty;
    }

    private static uint MtuOf(ReadOnlySpan<byte> metrics)
    {
        var attributes = new NetlinkAttributes(metrics);
        while (attributes.MoveNext())
        {
            if (attributes.Type == RouteMetricMtu)
            {
                return attributes.Number;
            }
        }

        return 0;
    }
}
