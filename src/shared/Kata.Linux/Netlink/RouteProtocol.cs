namespace Kata.Linux.Netlink;

/// <summary>Who made a route (RTPROT_*). Other values are possible.</summary>
public enum RouteProtocol
{
    /// <summary>Not known.</summary>
    Unspecified = 0,

    /// <summary>An ICMP redirect.</summary>
    Redirect = 1,

    /// <summary>The kernel, for an address.</summary>
    Kernel = 2,

    /// <summary>At boot.</summary>
    Boot = 3,

    /// <summary>An administrator.</summary>
    Static = 4,

    /// <summary>IPv6 router advertisements.</summary>
    RouterAdvertisement = 9,
}
