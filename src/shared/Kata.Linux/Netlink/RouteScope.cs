namespace Kata.Linux.Netlink;

/// <summary>How far away a route leads (RT_SCOPE_*). Other values are possible.</summary>
public enum RouteScope
{
    /// <summary>Anywhere.</summary>
    Universe = 0,

    /// <summary>Within the site.</summary>
    Site = 200,

    /// <summary>On the link.</summary>
    Link = 253,

    /// <summary>On this machine.</summary>
    Host = 254,

    /// <summary>Nowhere.</summary>
    Nowhere = 255,
}
