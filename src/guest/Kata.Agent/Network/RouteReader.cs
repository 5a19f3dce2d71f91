using System.Net.Sockets;
using Kata.Linux.Netlink;
using Kata.Primitives;
using Kata.Protocols.Types;
using IPAddress = System.Net.IPAddress;

namespace Kata.Agent.Network;

/// <summary>Reads the routes that the host wants.</summary>
internal static class RouteReader
{
    private const int MaxRoutes = 4096;
    private const uint OnLink = 0x4; // RTNH_F_ONLINK

    /// <summary>Reads a list.</summary>
    /// <param name="request">The routes; null is an error.</param>
    /// <param name="links">The guest's interfaces.</param>
    /// <exception cref="KataException">InvalidArgument: a route makes no sense. NotFound: its interface does not exist. The message names the route.</exception>
    public static List<NetworkRoute> Parse(IReadOnlyList<Route>? request, IReadOnlyList<NetworkLink> links)
    {
        if (request is null)
        {
            throw KataException.Invalid("the request has no routes");
        }

        if (request.Count > MaxRoutes)
        {
            throw KataException.Invalid($"{request.Count} routes; the most is {MaxRoutes}");
        }

        var routes = new List<NetworkRoute>(request.Count);
        foreach (Route route in request)
        {
            NetworkRoute parsed = Parse(route, links);
            if (!routes.Contains(parsed))
            {
                routes.Add(parsed);
            }
        }

        return routes;
    }

    private static NetworkRoute Parse(Route route, IReadOnlyList<NetworkLink> links)
    {
        IPAddress? gateway = route.Gateway.Length == 0 ? null : IpText.Parse(route.Gateway, "a gateway");
        (IPAddress Address, byte? Prefix)? destination = route.Dest.Length == 0 ? null : IpText.ParseNetwork(route.Dest, "a destination");
        (IPAddress Address, byte? Prefix)? source = route.Source.Length == 0 ? null : IpText.ParseNetwork(route.Source, "a source");
        AddressFamily family = FamilyOf(route, gateway, destination?.Address, source?.Address);
        if (route.Scope > byte.MaxValue)
        {
            throw KataException.Invalid($"{Describe(route)}: scope {route.Scope} is more than 255");
        }

        byte bits = IpText.Bits(family);

        // Everywhere is said by no address, by one of zero bits, or by the zero address alone.
        bool everywhere = destination is not { } d || d.Prefix == 0 || (d.Prefix is null && IsZero(d.Address));
        bool sourceNetwork = source is { } s && s.Prefix is > 0 && s.Prefix < bits;
        return new NetworkRoute
        {
            Family = family,
            Destination = everywhere ? null : Masked(destination!.Value.Address, destination.Value.Prefix ?? bits),
            DestinationPrefix = everywhere ? (byte)0 : destination!.Value.Prefix ?? bits,
            Gateway = gateway is null || IsZero(gateway) ? null : gateway,
            LinkIndex = LinkOf(route, gateway, links),
            Source = sourceNetwork ? Masked(source!.Value.Address, source.Value.Prefix!.Value) : null,
            SourcePrefix = sourceNetwork ? source!.Value.Prefix!.Value : (byte)0,
            PreferredSource = sourceNetwork ? null : source?.Address,
            Scope = family == AddressFamily.InterNetwork ? (RouteScope)route.Scope : RouteScope.Universe, // IPv6 has no scopes
            Mtu = route.Mtu,
            Flags = route.Flags & OnLink, // the others report a state
        };
    }

    private static AddressFamily FamilyOf(Route route, params ReadOnlySpan<IPAddress?> addresses)
    {
        AddressFamily? family = null;
        foreach (IPAddress? address in addresses)
        {
            if (address is not null && (family ??= address.AddressFamily) != address.AddressFamily)
            {
                throw KataException.Invalid($"{Describe(route)} mixes IPv4 and IPv6");
            }
        }

        // A family of 0 may be one that was not given.
        return family is AddressFamily.InterNetwork && route.Family == IPFamily.V6
            ? throw KataException.Invalid($"{Describe(route)} is not of the family v6")
            : family ?? (route.Family == IPFamily.V6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);
    }

    private static int LinkOf(Route route, IPAddress? gateway, IReadOnlyList<NetworkLink> links)
    {
        if (route.Device.Length == 0)
        {
            return gateway is not null ? 0 : throw KataException.Invalid($"{Describe(route)} has neither a device nor a gateway");
        }

        return links.FirstOrDefault(link => link.Name == route.Device)?.Index
            ?? throw KataException.NotFound($"{Describe(route)}: there is no interface of that name");
    }

    private static bool IsZero(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IPAddress Masked(IPAddress address, byte prefix)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int keep = Math.Clamp(prefix - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF00 >> keep);
        }

        return new IPAddress(bytes);
    }

    private static string Describe(Route route) => Printable.Escape(
        $"the route to {(route.Dest.Length == 0 ? "everywhere" : route.Dest)} via '{route.Gateway}' on '{route.Device}'", 256);
}
