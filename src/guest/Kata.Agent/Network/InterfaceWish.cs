using System.Net.Sockets;
using Kata.Agent.Devices;
using Kata.Linux.Netlink;
using Kata.Primitives;
using Kata.Protocols.Types;
using IPAddress = System.Net.IPAddress;

namespace Kata.Agent.Network;

/// <summary>What the host wants of one network interface; all of it checked.</summary>
internal sealed record InterfaceWish
{
    private const int MaxAddresses = 1024;
    private const uint LeastMtuOfIpv6 = 1280;

    /// <summary>The name it is to have; empty leaves the one it has.</summary>
    public required string Name { get; init; }

    /// <summary>The hardware address, in lower case; empty when the interface is found in another way.</summary>
    public required string HardwareAddress { get; init; }

    /// <summary>Where the device is in the guest; null if that is not told.</summary>
    public required PciPath? DevicePath { get; init; }

    /// <summary>Largest packet in bytes; 0 leaves it.</summary>
    public required uint Mtu { get; init; }

    /// <summary>Whether it does without ARP.</summary>
    public required bool NoArp { get; init; }

    /// <summary>The addresses it is to have, and no others.</summary>
    public required IReadOnlyList<(IPAddress Address, byte Prefix)> Addresses { get; init; }

    /// <summary>Reads the request.</summary>
    /// <exception cref="KataException">InvalidArgument: something in it is wrong; the message names it.</exception>
    public static InterfaceWish Parse(Interface? request)
    {
        if (request is null)
        {
            throw KataException.Invalid("the request has no interface");
        }

        if (request.HwAddr.Length == 0 && request.DevicePath.Length == 0 && request.Name.Length == 0)
        {
            throw KataException.Invalid("an interface needs a hardware address, a device path or a name");
        }

        if (request.IPAddresses.Count > MaxAddresses || request.Mtu > int.MaxValue)
        {
            throw KataException.Invalid($"interface with {request.IPAddresses.Count} addresses and mtu {request.Mtu}: the most are {MaxAddresses} and {int.MaxValue}");
        }

        var wish = new InterfaceWish
        {
            Name = request.Name.Length == 0 ? string.Empty : RouteNetlink.RequireName(request.Name),
            HardwareAddress = request.HwAddr.Length == 0 ? string.Empty : IpText.ParseHardware(request.HwAddr),
            DevicePath = request.DevicePath.Length == 0 ? null : PciPath.Parse(request.DevicePath),
            Mtu = (uint)request.Mtu,
            NoArp = (request.RawFlags & (uint)LinkFlags.NoArp) != 0,
            Addresses = ParseAddresses(request),
        };
        bool sixth = wish.Addresses.Any(entry => entry.Address.AddressFamily == AddressFamily.InterNetworkV6);
        return sixth && wish.Mtu is > 0 and < LeastMtuOfIpv6
            ? throw KataException.Invalid($"mtu {wish.Mtu} is less than the {LeastMtuOfIpv6} that the interface's IPv6 addresses need")
            : wish;
    }

    private static List<(IPAddress Address, byte Prefix)> ParseAddresses(Interface request)
    {
        var addresses = new List<(IPAddress Address, byte Prefix)>(request.IPAddresses.Count);
        foreach (Protocols.Types.IPAddress entry in request.IPAddresses)
        {
            IPAddress address = IpText.Parse(entry.Address, "an interface address");

            // A family of 0 may be one that was not given.
            if (entry.Family == IPFamily.V6 && address.AddressFamily != AddressFamily.InterNetworkV6)
            {
                throw KataException.Invalid($"address {address} is not of the family v6");
            }

            (IPAddress, byte) parsed = (address, IpText.ParsePrefix(entry.Mask, address, $"the mask of {address}"));
            if (!addresses.Contains(parsed))
            {
                addresses.Add(parsed);
            }
        }

        return addresses;
    }
}
