using System.Net;
using System.Net.Sockets;
using Kata.Linux.Netlink;
using Kata.Primitives;

namespace Kata.Linux.Tests.Netlink;

public sealed class RouteNetlinkTests
{
    [Fact]
    public void SetLinkUp_NewNamespace_BringsLoopbackUp() => NetworkNamespaceThread.Run(netlink =>
    {
        NetworkLink lo = Assert.Single(netlink.Links(), link => link.Name == "lo");
        Assert.False(lo.Flags.HasFlag(LinkFlags.Up));
        Assert.True(lo.Flags.HasFlag(LinkFlags.Loopback));

        netlink.SetLinkUp(lo.Index);

        Assert.True(netlink.FindLink("lo")!.Flags.HasFlag(LinkFlags.Up));
        Assert.Contains(netlink.Addresses(lo.Index), address => address.Address.Equals(IPAddress.Loopback) && address.PrefixLength == 8);
    });

    [Fact]
    public void Links_BridgeMadeAndChanged_ShowsIt() => NetworkNamespaceThread.Run(netlink =>
    {
        netlink.AddLink("kata0", "bridge");
        NetworkLink link = netlink.FindLink("kata0")!;
        Assert.Equal("bridge", link.Kind);

        netlink.SetLinkHardwareAddress(link.Index, "02:00:00:AB:cd:01");
        netlink.SetLinkMtu(link.Index, 1400);
        netlink.SetLinkFlags(link.Index, LinkFlags.NoArp, LinkFlags.None);
        netlink.SetLinkName(link.Index, "eth7");
        netlink.SetLinkUp(link.Index);

        link = netlink.FindLink("eth7")!;
        Assert.Equal("02:00:00:ab:cd:01", link.HardwareAddress);
        Assert.Equal(1400U, link.Mtu);
        Assert.True(link.Flags.HasFlag(LinkFlags.NoArp | LinkFlags.Up));
        netlink.SetLinkFlags(link.Index, LinkFlags.None, LinkFlags.NoArp);
        Assert.False(netlink.FindLink("eth7")!.Flags.HasFlag(LinkFlags.NoArp));
        netlink.RemoveLink(link.Index);
        Assert.Null(netlink.FindLink("eth7"));
    });

    [Fact]
    public void AddressesRoutesNeighbors_AddedAndRemoved_RoundTrip() => NetworkNamespaceThread.Run(netlink =>
    {
        netlink.AddLink("kata0", "bridge");
        int index = netlink.FindLink("kata0")!.Index;
        netlink.SetLinkUp(index);
        var v4 = new NetworkAddress { LinkIndex = index, Address = IPAddress.Parse("10.9.8.7"), PrefixLength = 24 };
        var v6 = new NetworkAddress { LinkIndex = index, Address = IPAddress.Parse("fd00::7"), PrefixLength = 64, Flags = 0x02 };
        netlink.AddAddress(v4);
        netlink.AddAddress(v6);
        Assert.Contains(netlink.Addresses(index), a => a.Address.Equals(v4.Address) && a.PrefixLength == 24);
        Assert.Contains(netlink.Addresses(index), a => a.Address.Equals(v6.Address) && a.PrefixLength == 64);

        var gateway = new NetworkRoute { Family = AddressFamily.InterNetwork, Gateway = IPAddress.Parse("10.9.8.1"), LinkIndex = index, Metric = 5, Mtu = 1300 };
        var subnet = new NetworkRoute
        {
            Family = AddressFamily.InterNetwork,
            Destination = IPAddress.Parse("192.168.4.0"),
            DestinationPrefix = 22,
            LinkIndex = index,
            PreferredSource = v4.Address,
            Scope = RouteScope.Link,
        };
        var sixth = new NetworkRoute { Family = AddressFamily.InterNetworkV6, Destination = IPAddress.Parse("fd01::"), DestinationPrefix = 48, LinkIndex = index, Metric = 7 };
        netlink.AddRoute(gateway);
        netlink.AddRoute(subnet);
        netlink.AddRoute(sixth);
        Assert.Contains(gateway, netlink.Routes(AddressFamily.InterNetwork));
        Assert.Contains(subnet, netlink.Routes(AddressFamily.InterNetwork));
        Assert.Contains(netlink.Routes(AddressFamily.InterNetworkV6), r => r.DestinationPrefix == 48 && r.Destination!.Equals(sixth.Destination));
        Assert.Equal(ErrorCode.AlreadyExists, Assert.Throws<LinuxException>(() => netlink.AddRoute(gateway)).Code);
        netlink.RemoveRoute(subnet);
        Assert.DoesNotContain(subnet, netlink.Routes(AddressFamily.InterNetwork));

        var neighbor = new NetworkNeighbor { LinkIndex = index, Address = IPAddress.Parse("10.9.8.1"), HardwareAddress = "02:00:00:00:00:09" };
        netlink.AddNeighbor(neighbor);
        Assert.Contains(neighbor, netlink.Neighbors());
        netlink.RemoveNeighbor(neighbor);
        netlink.RemoveAddress(v4);
        Assert.DoesNotContain(netlink.Addresses(index), a => a.Address.Equals(v4.Address));
    });

    [Fact]
    public void Execute_KernelRefuses_SaysWhatAndWhy() => NetworkNamespaceThread.Run(netlink =>
    {
        var error = Assert.Throws<LinuxException>(() => netlink.SetLinkUp(4711));
        Assert.Equal(Errno.ENODEV, error.Errno);
        Assert.Contains("4711", error.Message, StringComparison.Ordinal);

        // The socket still works after an error.
        Assert.NotEmpty(netlink.Links());
    });

    [Fact]
    public void Links_Hundreds_AreAllListed() => NetworkNamespaceThread.Run(netlink =>
    {
        for (int i = 0; i < 300; i++)
        {
            netlink.AddLink($"br{i}", "bridge");
        }

        Assert.Equal(300, netlink.Links().Count(link => link.Kind == "bridge"));
    });

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a-name-too-long-")]
    [InlineData("a\0")]
    public void AddLink_ImpossibleName_IsInvalid(string name) => NetworkNamespaceThread.Run(netlink =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => netlink.AddLink(name, "bridge")).Code));

    [Theory]
    [InlineData("")]
    [InlineData("02")]
    [InlineData("02:00:00:00:00:0g")]
    [InlineData("02:0:0")]
    [InlineData("02-00")]
    public void HardwareAddress_Malformed_IsInvalid(string text) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => HardwareAddress.Parse(text)).Code);
}
