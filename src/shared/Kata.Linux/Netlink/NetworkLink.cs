namespace Kata.Linux.Netlink;

/// <summary>A network interface.</summary>
public sealed record NetworkLink
{
    /// <summary>Its number.</summary>
    public required int Index { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>ARPHRD_* type: 1 Ethernet, 772 loopback.</summary>
    public ushort Type { get; init; }

    /// <summary>Its address, in lower case with colons; empty for none.</summary>
    public string HardwareAddress { get; init; } = string.Empty;

    /// <summary>Largest packet, in bytes.</summary>
    public uint Mtu { get; init; }

    /// <summary>Its state.</summary>
    public LinkFlags Flags { get; init; }

    /// <summary>What made it: <c>veth</c>, <c>tun</c>, <c>bridge</c>; empty for hardware.</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>The interface at its other end, or under it; 0 for none.</summary>
    public int ParentIndex { get; init; }

    /// <summary>The bridge or bond it belongs to; 0 for none.</summary>
    public int MasterIndex { get; init; }
}
