using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Kata.Primitives;

namespace Kata.Linux.Netlink;

/// <summary>Links, addresses, routes and neighbours of one network namespace: that of the thread that makes the object. Safe for concurrent use.</summary>
public sealed class RouteNetlink : IDisposable
{
    private const ushort NewLink = 16; // RTM_NEWLINK
    private const ushort DeleteLink = 17; // RTM_DELLINK
    private const ushort GetLink = 18; // RTM_GETLINK
    private const ushort NewAddress = 20; // RTM_NEWADDR
    private const ushort DeleteAddress = 21; // RTM_DELADDR
    private const ushort GetAddress = 22; // RTM_GETADDR
    private const ushort NewRoute = 24; // RTM_NEWROUTE
    private const ushort DeleteRoute = 25; // RTM_DELROUTE
    private const ushort GetRoute = 26; // RTM_GETROUTE
    private const ushort NewNeighbor = 28; // RTM_NEWNEIGH
    private const ushort DeleteNeighbor = 29; // RTM_DELNEIGH
    private const ushort GetNeighbor = 30; // RTM_GETNEIGH
    private const ushort Change = NetlinkRequest.FlagAcknowledge;
    private const ushort Create = NetlinkRequest.FlagAcknowledge | NetlinkRequest.FlagCreate | NetlinkRequest.FlagExclusive;
    private const int MaxNameLength = 15; // one less than IFNAMSIZ: the zero at the end

    private readonly NetlinkSocket _socket = new();

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>All interfaces.</summary>
    public IReadOnlyList<NetworkLink> Links() => _socket.Dump(
        () =>
        {
            var request = new NetlinkRequest(GetLink, NetlinkRequest.FlagDump);
            request.Fixed(RouteMessages.LinkSize);
            return request;
        },
        "list links",
        RouteMessages.ParseLink);

    /// <summary>The interface of a name, or null.</summary>
    public NetworkLink? FindLink(string name) => Links().FirstOrDefault(link => link.Name == name);

    /// <summary>Makes a virtual interface.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind"><c>dummy</c>, <c>bridge</c>, <c>veth</c> …</param>
    /// <exception cref="LinuxException">EEXIST: the name is taken. EOPNOTSUPP: no such kind in this kernel.</exception>
    public void AddLink(string name, string kind)
    {
        NetlinkRequest request = LinkRequest(NewLink, Create, index: 0);
        request.Attribute(RouteMessages.LinkName, RequireName(name)).Nested(RouteMessages.LinkInfo, info => info.Attribute(RouteMessages.LinkInfoKind, kind));
        _socket.Execute(request, $"add link {name} of kind {kind}");
    }

    /// <summary>Removes a virtual interface.</summary>
    /// <exception cref="LinuxException">ENODEV: there is none of that number.</exception>
    public void RemoveLink(int index) => _socket.Execute(LinkRequest(DeleteLink, Change, index), $"remove link {index}");

    /// <summary>Switches flags on and off.</summary>
    /// <param name="index">The interface.</param>
    /// <param name="set">Flags to set.</param>
    /// <param name="clear">Flags to clear.</param>
    /// <exception cref="LinuxException">ENODEV: there is none of that number.</exception>
    public void SetLinkFlags(int index, LinkFlags set, LinkFlags clear)
    {
        NetlinkRequest request = LinkRequest(NewLink, Change, index, set, set | clear);
        _socket.Execute(request, $"change flags of link {index}");
    }

    /// <summary>Switches an interface on.</summary>
    /// <exception cref="LinuxException">ENODEV: there is none of that number.</exception>
    public void SetLinkUp(int index) => SetLinkFlags(index, LinkFlags.Up, LinkFlags.None);

    /// <summary>Switches an interface off. Its routes go.</summary>
    /// <exception cref="LinuxException">ENODEV: there is none of that number.</exception>
    public void SetLinkDown(int index) => SetLinkFlags(index, LinkFlags.None, LinkFlags.Up);

    /// <summary>Sets the largest packet size.</summary>
    /// <exception cref="LinuxException">EINVAL: the interface cannot. ENODEV: there is none of that number.</exception>
    public void SetLinkMtu(int index, uint mtu) =>
        _socket.Execute(LinkRequest(NewLink, Change, index).Attribute(RouteMessages.LinkMtu, mtu), $"set mtu of link {index} to {mtu}");

    /// <summary>Renames an interface.</summary>
    /// <exception cref="LinuxException">EEXIST: the name is taken. EBUSY: it is up, on older kernels.</exception>
    public void SetLinkName(int index, string name) =>
        _socket.Execute(LinkRequest(NewLink, Change, index).Attribute(RouteMessages.LinkName, RequireName(name)), $"rename link {index} to {name}");

    /// <summary>Sets the hardware address.</summary>
    /// <exception cref="LinuxException">EOPNOTSUPP: the interface has none. EBUSY: it is up.</exception>
    public void SetLinkHardwareAddress(int index, string address) => _socket.Execute(
        LinkRequest(NewLink, Change, index).Attribute(RouteMessages.LinkAddress, HardwareAddress.Parse(address)),
        $"set hardware address of link {index} to {address}");

    /// <summary>The IP addresses, of all interfaces or one.</summary>
    /// <param name="linkIndex">The interface; null for all.</param>
    public IReadOnlyList<NetworkAddress> Addresses(int? linkIndex = null)
    {
        List<NetworkAddress> all = _socket.Dump(
            () =>
            {
                var request = new NetlinkRequest(GetAddress, NetlinkRequest.FlagDump);
                request.Fixed(RouteMessages.AddressSize);
                return request;
            },
            "list addresses",
            RouteMessages.ParseAddress);
        return linkIndex is { } index ? all.FindAll(address => address.LinkIndex == index) : all;
    }

    /// <summary>Gives an interface an IP address.</summary>
    /// <exception cref="LinuxException">EEXIST: it has it already.</exception>
    public void AddAddress(NetworkAddress address) =>
        _socket.Execute(RouteMessages.BuildAddress(NewAddress, Create, address), $"add address {address.Address}/{address.PrefixLength} to link {address.LinkIndex}");

    /// <summary>Takes an IP address from an interface.</summary>
    /// <exception cref="LinuxException">EADDRNOTAVAIL: it has no such address.</exception>
    public void RemoveAddress(NetworkAddress address) => _socket.Execute(
        RouteMessages.BuildAddress(DeleteAddress, Change, address),
        $"remove address {address.Address}/{address.PrefixLength} from link {address.LinkIndex}");

    /// <summary>The routes of one family, in all tables.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    public IReadOnlyList<NetworkRoute> Routes(AddressFamily family) => _socket.Dump(
        () =>
        {
            var request = new NetlinkRequest(GetRoute, NetlinkRequest.FlagDump);
            request.Fixed(RouteMessages.RouteSize)[0] = RouteMessages.FamilyNumber(family);
            return request;
        },
        "list routes",
        RouteMessages.ParseRoute);

    /// <summary>Adds a route.</summary>
    /// <exception cref="LinuxException">EEXIST: it exists. ENETUNREACH: the gateway is not on a link.</exception>
    public void AddRoute(NetworkRoute route) => _socket.Execute(RouteMessages.BuildRoute(NewRoute, Create, route), $"add route {Describe(route)}");

    /// <summary>Removes a route.</summary>
    /// <exception cref="LinuxException">ESRCH: there is none such.</exception>
    public void RemoveRoute(NetworkRoute route) => _socket.Execute(RouteMessages.BuildRoute(DeleteRoute, Change, route), $"remove route {Describe(route)}");

    /// <summary>The neighbour tables of all interfaces.</summary>
    public IReadOnlyList<NetworkNeighbor> Neighbors() => _socket.Dump(
        () =>
        {
            var request = new NetlinkRequest(GetNeighbor, NetlinkRequest.FlagDump);
            request.Fixed(RouteMessages.NeighborSize);
            return request;
        },
        "list neighbours",
        RouteMessages.ParseNeighbor);

    /// <summary>Adds a neighbour.</summary>
    /// <exception cref="LinuxException">EEXIST: it exists.</exception>
    public void AddNeighbor(NetworkNeighbor neighbor) =>
        _socket.Execute(RouteMessages.BuildNeighbor(NewNeighbor, Create, neighbor), $"add neighbour {neighbor.Address} to link {neighbor.LinkIndex}");

    /// <summary>Adds a neighbour, or changes it if it exists.</summary>
    /// <exception cref="LinuxException">EINVAL: state or flags make no sense to the kernel.</exception>
    public void ReplaceNeighbor(NetworkNeighbor neighbor) => _socket.Execute(
        RouteMessages.BuildNeighbor(NewNeighbor, NetlinkRequest.FlagAcknowledge | NetlinkRequest.FlagCreate | NetlinkRequest.FlagReplace, neighbor),
        $"set neighbour {neighbor.Address} of link {neighbor.LinkIndex}");

    /// <summary>Removes a neighbour.</summary>
    /// <exception cref="LinuxException">ENOENT: there is none such.</exception>
    public void RemoveNeighbor(NetworkNeighbor neighbor) => _socket.Execute(
        RouteMessages.BuildNeighbor(DeleteNeighbor, Change, neighbor),
        $"remove neighbour {neighbor.Address} from link {neighbor.LinkIndex}");

    /// <summary>Checks that a text can be the name of an interface, and returns it.</summary>
    /// <exception cref="KataException">InvalidArgument: it cannot.</exception>
    public static string RequireName(string name)
    {
        bool valid = name is { Length: > 0 and <= MaxNameLength } and not ("." or "..")
            && !name.AsSpan().ContainsAny("/: \t\n\0");
        return valid ? name : throw KataException.Invalid($"'{Printable.Escape(name ?? string.Empty, 32)}' is no name for a network interface");
    }

    private static NetlinkRequest LinkRequest(ushort type, ushort flags, int index, LinkFlags values = LinkFlags.None, LinkFlags mask = LinkFlags.None)
    {
        var request = new NetlinkRequest(type, flags);
        Span<byte> header = request.Fixed(RouteMessages.LinkSize);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], index);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)values);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)mask);
        return request;
    }

    private static string Describe(NetworkRoute route) => $"to {route.Destination?.ToString() ?? "everywhere"}/{route.DestinationPrefix}"
        + (route.Gateway is IPAddress gateway ? $" via {gateway}" : string.Empty)
        + (route.LinkIndex != 0 ? $" on link {route.LinkIndex}" : string.Empty);
}
