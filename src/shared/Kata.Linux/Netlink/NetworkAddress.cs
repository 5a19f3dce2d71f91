using System.Net;

namespace Kata.Linux.Netlink;

/// <summary>An IP address of an interface.</summary>
public sealed record NetworkAddress
{
    /// <summary>The interface.</summary>
    public required int LinkIndex { get; init; }

    /// <summary>The address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>Length of the network's part, in bits.</summary>
    public required byte PrefixLength { get; init; }

    /// <summary>The other end of a point-to-point link, or null.</summary>
    public IPAddress? Peer { get; init; }

    /// <summary>How far it is valid.</summary>
    public RouteScope Scope { get; init; }

    /// <summary>IFA_F_* bits: 0x80 permanent, 0x02 no duplicate detection, 0x40 tentative.</summary>
    public uint Flags { get; init; }
}
