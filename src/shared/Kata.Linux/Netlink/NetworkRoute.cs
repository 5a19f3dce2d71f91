using System.Net;
using System.Net.Sockets;

namespace Kata.Linux.Netlink;

/// <summary>A route.</summary>
public sealed record NetworkRoute
{
    /// <summary>The table that is used when no rule says otherwise.</summary>
    public const uint MainTable = 254; // RT_TABLE_MAIN

    /// <summary>IPv4 or IPv6.</summary>
    public required AddressFamily Family { get; init; }

    /// <summary>Where to; null for everywhere.</summary>
    public IPAddress? Destination { get; init; }

    /// <summary>Length of the destination's network part, in bits.</summary>
    public byte DestinationPrefix { get; init; }

    /// <summary>Only for packets from here; null for all.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Length of the source's network part, in bits.</summary>
    public byte SourcePrefix { get; init; }

    /// <summary>The next hop; null when the destination is on the link.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>The interface; 0 when the gateway decides.</summary>
    public int LinkIndex { get; init; }

    /// <summary>The address that packets sent this way get; null for the kernel's choice.</summary>
    public IPAddress? PreferredSource { get; init; }

    /// <summary>How far it leads.</summary>
    public RouteScope Scope { get; init; }

    /// <summary>Who made it.</summary>
    public RouteProtocol Protocol { get; init; } = RouteProtocol.Boot;

    /// <summary>RTN_*: 1 is an ordinary route.</summary>
    public byte Type { get; init; } = 1;

    /// <summary>Its table.</summary>
    public uint Table { get; init; } = MainTable;

    /// <summary>Less is better; 0 for the kernel's choice.</summary>
    public uint Metric { get; init; }

    /// <summary>Largest packet, in bytes; 0 for the interface's.</summary>
    public uint Mtu { get; init; }

    /// <summary>RTNH_F_* bits: 4 is "on link".</summary>
    public uint Flags { get; init; }
}
