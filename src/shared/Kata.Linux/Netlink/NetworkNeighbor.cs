using System.Net;

namespace Kata.Linux.Netlink;

/// <summary>An entry of the ARP or neighbour table.</summary>
public sealed record NetworkNeighbor
{
    /// <summary>NUD_PERMANENT: never checked, never dropped.</summary>
    public const ushort Permanent = 0x80; // NUD_PERMANENT

    /// <summary>The interface.</summary>
    public required int LinkIndex { get; init; }

    /// <summary>The IP address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>Its hardware address, in lower case with colons; empty for none.</summary>
    public string HardwareAddress { get; init; } = string.Empty;

    /// <summary>NUD_* bits.</summary>
    public ushort State { get; init; } = Permanent;

    /// <summary>NTF_* bits.</summary>
    public byte Flags { get; init; }
}
