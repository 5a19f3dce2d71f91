using System.Net.Sockets;
using Kata.Agent.Devices;
using Kata.Agent.Network;
using Kata.Linux.Netlink;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;
using IPAddress = System.Net.IPAddress;

namespace Kata.Agent.Tests.Network;

public sealed class UpdateInterfaceTests
{
    [Fact]
    public void UpdateInterface_ByHardwareAddress_SetsNameMtuAddressesAndUp() => NetworkNamespaceThread.Run((network, netlink) =>
    {
        NetworkLink link = netlink.AddLink("tap0", 7);
        netlink.AddAddress(new NetworkAddress { LinkIndex = link.Index, Address = IPAddress.Parse("192.168.9.9"), PrefixLength = 24 });

        Update(network, Request("eth0", "02:00:00:00:00:07", 1400, "10.1.2.3/24", "fd00::5/64"));

        link = netlink.FindLink("eth0")!;
        Assert.Equal(1400U, link.Mtu);
        Assert.True(link.Flags.HasFlag(LinkFlags.Up));
        Assert.False(link.Flags.HasFlag(LinkFlags.NoArp));
        Assert.Equal(["10.1.2.3/24", "fd00::5/64"], Addresses(netlink, link));
        NetworkAddress sixth = netlink.Addresses(link.Index).Single(a => a.Address.AddressFamily == AddressFamily.InterNetworkV6 && !a.Address.IsIPv6LinkLocal);
        Assert.Equal(0U, sixth.Flags & 0x40); // not tentative: usable at once
    });

    [Fact]
    public void UpdateInterface_Repeated_ChangesNothing() => NetworkNamespaceThread.Run((network, netlink) =>
    {
        netlink.AddLink("tap0", 7);
        Interface request = Request("eth0", "02:00:00:00:00:07", 1400, "10.1.2.3/24", "10.1.2.4/24", "fd00::5/64");
        Update(network, request);
        NetworkLink link = netlink.FindLink("eth0")!;
        netlink.AddRoute(new NetworkRoute { Family = AddressFamily.InterNetwork, Gateway = IPAddress.Parse("10.1.2.1"), LinkIndex = link.Index });
        using var watcher = new RouteNetlink();
        IReadOnlyList<NetworkAddress> before = netlink.Addresses(link.Index);
        IReadOnlyList<NetworkRoute> routes = netlink.Routes(AddressFamily.InterNetwork);

        Update(network, request);

        Assert.Equal(before, netlink.Addresses(link.Index));
        Assert.Equal(routes, netlink.Routes(AddressFamily.InterNetwork));
        Assert.Equal(link, netlink.FindLink("eth0"));
    });

    [Fact]
    public void UpdateInterface_NameOfAnother_SwapsTheNames() => NetworkNamespaceThread.Run((network, netlink) =>
    {
        NetworkLink first = netlink.AddLink("eth0", 1);
        NetworkLink second = netlink.AddLink("eth1", 2);
        netlink.SetLinkUp(first.Index);
        netlink.SetLinkUp(second.Index);
        netlink.AddAddress(new NetworkAddress { LinkIndex = first.Index, Address = IPAddress.Parse("10.5.0.1"), PrefixLength = 24 });
        netlink.AddRoute(new NetworkRoute { Family = AddressFamily.InterNetwork, Gateway = IPAddress.Parse("10.5.0.254"), LinkIndex = first.Index });

        Update(network, Request("eth0", "02:00:00:00:00:02", 0));

        Assert.Equal(second.Index, netlink.FindLink("eth0")!.Index);
        Assert.Equal(first.Index, netlink.FindLink("eth1")!.Index);
        Assert.True(netlink.FindLink("eth1")!.Flags.HasFlag(LinkFlags.Up));
        Assert.Contains("10.5.0.1/24", Addresses(netlink, first));
        Assert.Contains(netlink.Routes(AddressFamily.InterNetwork), route => route.LinkIndex == first.Index && route.Gateway is not null);
    });

    [Fact]
    public void UpdateInterface_NoArpFlag_SwitchesArpOffAndOn() => NetworkNamespaceThread.Run((network, netlink) =>
    {
        netlink.AddLink("eth0", 1);
        Interface request = Request("eth0", "02:00:00:00:00:01", 0);
        request.RawFlags = (uint)(LinkFlags.NoArp | LinkFlags.Up | LinkFlags.Broadcast);

        Update(network, request);
        Assert.True(netlink.FindLink("eth0")!.Flags.HasFlag(LinkFlags.NoArp));

        request.RawFlags = 0;
        Update(network, request);
        Assert.False(netlink.FindLink("eth0")!.Flags.HasFlag(LinkFlags.NoArp));
    });

    [Fact]
    public void UpdateInterface_FailsHalfWay_RestoresEverything() => NetworkNamespaceThread.Run((network, netlink) =>
    {
        NetworkLink link = netlink.AddLink("eth0", 1);
        NetworkLink other = netlink.AddLink("eth1", 2);
        netlink.SetLinkUp(link.Index);
        netlink.AddAddress(new NetworkAddress { LinkIndex = link.Index, Address = IPAddress.Parse("10.5.0.1"), PrefixLength = 24 });
        netlink.AddAddress(new NetworkAddress { LinkIndex = link.Index, Address = IPAddress.Parse("10.5.0.2"), PrefixLength = 24 });
        netlink.AddRoute(new NetworkRoute { Family = AddressFamily.InterNetwork, Gateway = IPAddress.Parse("10.5.0.254"), LinkIndex = link.Index });
        link = netlink.FindLink("eth0")!;
        List<NetworkRoute> routes = [.. netlink.Routes(AddressFamily.InterNetwork)];

        // A multicast address cannot be an interface's, which only the kernel says.
        Interface request = Request("eth1", "02:00:00:00:00:01", 1300, "10.6.0.1/24", "ff02::5/64");
        Assert.ThrowsAny<KataException>(() => Update(network, request));

        NetworkLink after = netlink.FindLink("eth0")!;
        Assert.Equal((link.Index, link.Mtu, link.HardwareAddress), (after.Index, after.Mtu, after.HardwareAddress));
        Assert.Equal(other.Index, netlink.FindLink("eth1")!.Index);
        Assert.Equal(["10.5.0.1/24", "10.5.0.2/24"], Addresses(netlink, link));
        Assert.Equal(routes, netlink.Routes(AddressFamily.InterNetwork));
    });

    [Fact]
    public void UpdateInterface_UnknownHardwareAddress_TimesOut() => NetworkNamespaceThread.Run((network, netlink) =>
    {
        NetworkLink used = netlink.AddLink("eth0", 1);
        netlink.SetLinkUp(used.Index);

        KataException error = Assert.Throws<KataException>(() => Update(network, Request("eth0", "02:00:00:00:00:99", 0, "10.1.2.3/24")));

        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        Assert.Contains("02:00:00:00:00:99", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("10.1.2.3/24", Addresses(netlink, used));
    });

    [Fact]
    public void UpdateInterface_UntouchedDeviceOfATemplate_GetsTheNewHardwareAddress() => NetworkNamespaceThread.Run((network, netlink) =>
    {
        netlink.AddLink("eth0", 1);

        Update(network, Request("eth0", "02:00:00:00:00:99", 0, "10.1.2.3/24"));

        Assert.Equal("02:00:00:00:00:99", netlink.FindLink("eth0")!.HardwareAddress);
    });

    [Fact]
    public void UpdateInterface_Ipv6SwitchedOff_LeavesTheAddressOut() => NetworkNamespaceThread.Run((network, netlink) =>
    {
        NetworkLink link = netlink.AddLink("eth0", 1);
        File.WriteAllText("/proc/thread-self/root/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "1");

        Update(network, Request("eth0", "02:00:00:00:00:01", 0, "10.1.2.3/24", "fd00::5/64"));

        Assert.Equal(["10.1.2.3/24"], Addresses(netlink, link));
    });

    public static TheoryData<Interface> Wrong => new(
        new Interface(),
        new Interface { Name = "eth0/x" },
        new Interface { Name = "a-name-that-is-too-long" },
        new Interface { Name = "eth0", HwAddr = "zz:00" },
        new Interface { Name = "eth0", Mtu = ulong.MaxValue },
        new Interface { Name = "eth0", IPAddresses = { new Protocols.Types.IPAddress { Address = "10.0.0.1" } } },
        new Interface { Name = "eth0", IPAddresses = { new Protocols.Types.IPAddress { Address = "10.0.0.1", Mask = "33" } } },
        new Interface { Name = "eth0", IPAddresses = { new Protocols.Types.IPAddress { Address = "10.0.0", Mask = "24" } } },
        new Interface { Name = "eth0", IPAddresses = { new Protocols.Types.IPAddress { Address = "010.0.0.1", Mask = "24" } } },
        new Interface { Name = "eth0", IPAddresses = { new Protocols.Types.IPAddress { Address = "fe80::1%eth0", Mask = "64" } } },
        new Interface { Name = "eth0", IPAddresses = { new Protocols.Types.IPAddress { Address = "10.0.0.1", Mask = "24", Family = IPFamily.V6 } } },
        new Interface { Name = "eth0", Mtu = 1000, IPAddresses = { new Protocols.Types.IPAddress { Address = "fd00::1", Mask = "64" } } });

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void UpdateInterface_MalformedRequest_IsInvalid(Interface request) => NetworkNamespaceThread.Run((network, netlink) =>
    {
        netlink.AddLink("eth0", 1);
        NetworkLink before = netlink.FindLink("eth0")!;

        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Update(network, request)).Code);

        Assert.Equal(before, netlink.FindLink("eth0"));
    });

    [Theory]
    [InlineData("../../x")]
    [InlineData("20")]
    [InlineData("01/zz")]
    [InlineData("01.8")]
    public void Parse_MalformedDevicePath_IsInvalid(string path) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => InterfaceWish.Parse(new Interface { DevicePath = path })).Code);

    [Theory]
    [InlineData("02/01", "eth7")]
    [InlineData("03", "eth8")]
    [InlineData("02/05", null)]
    public void NameAt_VirtioAndPlainDevice_AreFound(string path, string? name)
    {
        using var directory = new TemporaryDirectory();
        string root = directory.Path + "/devices/pci0000:00";
        Directory.CreateDirectory(root + "/0000:00:02.0/pci_bus/0000:01");
        Directory.CreateDirectory(root + "/0000:00:02.0/0000:01:01.0/virtio3/net/eth7");
        Directory.CreateDirectory(root + "/0000:00:03.0/net/eth8");

        Assert.Equal(name, new NetDevices(new Sysfs(directory.Path, Sysfs.FindNode)).NameAt(PciPath.Parse(path)));
    }

    [Fact]
    public void UpdateInterface_NoInterface_IsInvalid() => NetworkNamespaceThread.Run((network, _) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Update(network, null)).Code));

    internal static Interface Request(string name, string hardware, ulong mtu, params string[] addresses)
    {
        var request = new Interface { Name = name, Device = name, HwAddr = hardware, Mtu = mtu };
        foreach (string address in addresses)
        {
            string[] parts = address.Split('/');
            IPFamily family = address.Contains(':', StringComparison.Ordinal) ? IPFamily.V6 : IPFamily.V4;
            request.IPAddresses.Add(new Protocols.Types.IPAddress { Family = family, Address = parts[0], Mask = parts[1] });
        }

        return request;
    }

    internal static void Update(GuestNetwork network, Interface? request) =>
        network.UpdateInterfaceAsync(new UpdateInterfaceRequest { Interface = request }, CancellationToken.None).GetAwaiter().GetResult();

    private static string[] Addresses(RouteNetlink netlink, NetworkLink link) =>
        [.. netlink.Addresses(link.Index).Where(a => !a.Address.IsIPv6LinkLocal).Select(a => $"{a.Address}/{a.PrefixLength}")];
}
