namespace Kata.Linux.Netlink;

/// <summary>State of a link: the IFF_* bits.</summary>
[Flags]
public enum LinkFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Switched on (IFF_UP).</summary>
    Up = 0x1,

    /// <summary>Can broadcast (IFF_BROADCAST).</summary>
    Broadcast = 0x2,

    /// <summary>The loopback (IFF_LOOPBACK).</summary>
    Loopback = 0x8,

    /// <summary>Point to point (IFF_POINTOPOINT).</summary>
    PointToPoint = 0x10,

    /// <summary>Working (IFF_RUNNING).</summary>
    Running = 0x40,

    /// <summary>Without ARP (IFF_NOARP).</summary>
    NoArp = 0x80,

    /// <summary>Takes all frames (IFF_PROMISC).</summary>
    Promiscuous = 0x100,

    /// <summary>Can multicast (IFF_MULTICAST).</summary>
    Multicast = 0x1000,

    /// <summary>Has a carrier (IFF_LOWER_UP).</summary>
    LowerUp = 0x10000,
}
