using System.Net.Sockets;
using Kata.Agent.Network;
using Kata.Linux.Netlink;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;
using IPAddress = System.Net.IPAddress;

namespace Kata.Agent.Tests.Network;

public sealed class RoutesAndNeighborsTests
{
    [Fact]
    public void UpdateRoutes_OfBothFamilies_AreAddedInTheRightOrder() => RunConfigured((network, netlink) =>
    {
        Routes after = Update(
            network,
            new Route { Gateway = "10.1.2.1", Device = "eth0" },
            new Route { Dest = "10.9.0.0/16", Gateway = "10.8.0.1", Device = "eth0", Mtu = 1280 },
            new Route { Dest = "10.8.0.0/24", Device = "eth0", Scope = 253, Source = "10.1.2.3" },
            new Route { Dest = "172.16.0.0/12", Gateway = "192.0.2.1", Device = "eth0", Flags = 4 },
            new Route { Dest = "fd09::/16", Device = "eth0", Family = IPFamily.V6 },
            new Route { Gateway = "fd00::1", Device = "eth0", Family = IPFamily.V6 });

        Assert.Contains(after.Routes_, r => r is { Dest: "0.0.0.0", Gateway: "10.1.2.1", Device: "eth0", Family: IPFamily.V4 });
        Assert.Contains(after.Routes_, r => r is { Dest: "10.9.0.0/16", Gateway: "10.8.0.1", Mtu: 1280 });
        Assert.Contains(after.Routes_, r => r is { Dest: "10.8.0.0/24", Scope: 253, Source: "10.1.2.3" });
        Assert.Contains(after.Routes_, r => r.Dest == "172.16.0.0/12" && (r.Flags & 4) == 4);
        Assert.Contains(after.Routes_, r => r is { Dest: "fd09::/16", Family: IPFamily.V6 });
        Assert.Contains(after.Routes_, r => r is { Dest: "::", Gateway: "fd00::1", Family: IPFamily.V6 });
        Assert.NotEmpty(netlink.Links());
    });

    [Fact]
    public void UpdateRoutes_Repeated_ChangesNothing() => RunConfigured((network, netlink) =>
    {
        // The subnet's route is the kernel's own as well, as hosts send it.
        Route[] routes =
        [
            new() { Dest = "10.1.2.0/24", Device = "eth0", Source = "10.1.2.3", Scope = 253 },
            new() { Dest = "fd00::/64", Device = "eth0", Family = IPFamily.V6 },
            new() { Gateway = "10.1.2.1", Device = "eth0" },
            new() { Gateway = "fd00::1", Device = "eth0", Family = IPFamily.V6 },
        ];
        Update(network, routes);
        List<NetworkRoute> fourth = [.. netlink.Routes(AddressFamily.InterNetwork)];
        List<NetworkRoute> sixth = [.. netlink.Routes(AddressFamily.InterNetworkV6)];

        Update(network, routes);

        Assert.Equal(fourth, netlink.Routes(AddressFamily.InterNetwork));
        Assert.Equal(sixth, netlink.Routes(AddressFamily.InterNetworkV6));
        Assert.Single(fourth, route => route.Table == NetworkRoute.MainTable && route.DestinationPrefix == 24);
        Assert.Single(sixth, route => route.Table == NetworkRoute.MainTable && route.DestinationPrefix == 64 && route.Destination!.Equals(IPAddress.Parse("fd00::")));
    });

    [Fact]
    public void UpdateRoutes_OtherList_ReplacesOursAndKeepsTheKernels() => RunConfigured((network, _) =>
    {
        Update(network, new Route { Gateway = "10.1.2.1", Device = "eth0" }, new Route { Dest = "10.7.0.0/16", Gateway = "10.1.2.1", Device = "eth0" });

        Routes after = Update(network, new Route { Gateway = "10.1.2.254", Device = "eth0" });

        Assert.Equal("10.1.2.254", Assert.Single(after.Routes_, r => r.Dest == "0.0.0.0").Gateway);
        Assert.DoesNotContain(after.Routes_, r => r.Dest == "10.7.0.0/16");
        Assert.Contains(after.Routes_, r => r.Dest == "10.1.2.0/24");
        Assert.DoesNotContain(Update(network).Routes_, r => r.Gateway.Length > 0);
    });

    [Fact]
    public void UpdateRoutes_OneIsImpossible_RestoresThoseBefore() => RunConfigured((network, netlink) =>
    {
        Update(network, new Route { Gateway = "10.1.2.1", Device = "eth0" }, new Route { Dest = "10.7.0.0/16", Gateway = "10.1.2.1", Device = "eth0" });
        List<NetworkRoute> before = [.. netlink.Routes(AddressFamily.InterNetwork)];

        KataException error = Assert.ThrowsAny<KataException>(() => Update(
            network, new Route { Gateway = "10.1.2.2", Device = "eth0" }, new Route { Dest = "10.99.0.0/16", Gateway = "203.0.113.1", Device = "eth0" }));

        Assert.Contains("203.0.113.1", error.Message, StringComparison.Ordinal);
        Assert.Equal(before.ToHashSet(), netlink.Routes(AddressFamily.InterNetwork).ToHashSet());
    });

    [Fact]
    public void UpdateRoutes_BareSource_IsThePreferredSource() => RunConfigured((network, netlink) =>
    {
        Update(network, new Route { Dest = "10.20.0.0/16", Gateway = "10.1.2.1", Device = "eth0", Source = "10.1.2.3" });

        NetworkRoute route = Assert.Single(netlink.Routes(AddressFamily.InterNetwork), r => r.DestinationPrefix == 16);
        Assert.Equal(IPAddress.Parse("10.1.2.3"), route.PreferredSource);
        Assert.Equal(0, route.SourcePrefix);
    });

    [Fact]
    public void UpdateRoutes_TwoDefaults_FirstCounts() => RunConfigured((network, _) =>
    {
        Routes after = Update(network, new Route { Gateway = "10.1.2.1", Device = "eth0" }, new Route { Gateway = "10.1.2.2", Device = "eth0" });

        Assert.Equal("10.1.2.1", Assert.Single(after.Routes_, r => r.Dest == "0.0.0.0").Gateway);
    });

    public static TheoryData<Route> Wrong => new(
        new Route(),
        new Route { Dest = "10.0.0.0/33", Device = "eth0" },
        new Route { Dest = "10.0.0.0/8", Gateway = "fd00::1", Device = "eth0" },
        new Route { Gateway = "10.1.2.1", Device = "eth0", Family = IPFamily.V6 },
        new Route { Gateway = "::1%lo", Device = "eth0" },
        new Route { Gateway = "10.1.2.1", Device = "eth0", Scope = 256 },
        new Route { Gateway = "10.1.2.1", Device = "eth0", Source = "x" });

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void UpdateRoutes_MalformedRoute_IsInvalidAndChangesNothing(Route route) => RunConfigured((network, netlink) =>
    {
        Update(network, new Route { Gateway = "10.1.2.1", Device = "eth0" });

        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Update(network, route)).Code);

        Assert.Contains(netlink.Routes(AddressFamily.InterNetwork), r => r.Gateway is not null);
    });

    [Fact]
    public void UpdateRoutes_UnknownDeviceTooManyOrNone_IsRefused() => RunConfigured((network, _) =>
    {
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<KataException>(() => Update(network, new Route { Device = "nosuch" })).Code);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Update(network, [.. Enumerable.Repeat(new Route { Device = "eth0" }, 5000)])).Code);
        var empty = new UpdateRoutesRequest();
        Assert.Equal(
            ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => network.UpdateRoutesAsync(empty, CancellationToken.None).GetAwaiter().GetResult()).Code);
    });

    [Fact]
    public void ListInterfaces_FamiliesAndAddresses_AreRight() => RunConfigured((_, _) =>
    {
        Interface eth0 = Assert.Single(GuestNetwork.ListInterfaces().Interfaces_, entry => entry.Name == "eth0");

        Assert.Equal("02:00:00:00:00:0A", eth0.HwAddr);
        Assert.Equal(1500UL, eth0.Mtu);
        Assert.Contains(eth0.IPAddresses, a => a is { Address: "10.1.2.3", Mask: "24", Family: IPFamily.V4 });
        Assert.Contains(eth0.IPAddresses, a => a is { Address: "fd00::5", Mask: "64", Family: IPFamily.V6 });
    });

    [Fact]
    public void AddNeighbors_NewChangedAndRepeated_AreThere() => RunConfigured((network, netlink) =>
    {
        var first = new ARPNeighbor { ToIPAddress = new() { Address = "10.1.2.1" }, Device = "eth0", Lladdr = "02:00:00:00:00:AA" };
        var sixth = new ARPNeighbor { ToIPAddress = new() { Address = "fd00::1", Family = IPFamily.V6 }, Device = "eth0", Lladdr = "02:00:00:00:00:ab", State = 0x80 };
        Add(network, first, sixth);
        Add(network, first, sixth);
        first.Lladdr = "02:00:00:00:00:ac";
        Add(network, first);

        NetworkNeighbor entry = Assert.Single(netlink.Neighbors(), n => n.Address.Equals(IPAddress.Parse("10.1.2.1")));
        Assert.Equal(("02:00:00:00:00:ac", NetworkNeighbor.Permanent), (entry.HardwareAddress, entry.State));
        Assert.Single(netlink.Neighbors(), n => n.Address.Equals(IPAddress.Parse("fd00::1")));
    });

    [Fact]
    public void AddNeighbors_OneIsImpossible_RemovesThoseBefore() => RunConfigured((network, netlink) =>
    {
        var good = new ARPNeighbor { ToIPAddress = new() { Address = "10.1.2.77" }, Device = "eth0", Lladdr = "02:00:00:00:00:aa" };
        var bad = new ARPNeighbor { ToIPAddress = new() { Address = "10.1.2.78" }, Device = "eth0", Lladdr = "02:00:aa" };

        Assert.ThrowsAny<KataException>(() => Add(network, good, bad));

        Assert.DoesNotContain(netlink.Neighbors(), n => n.Address.Equals(IPAddress.Parse("10.1.2.77")));
    });

    [Fact]
    public void AddNeighbors_Malformed_IsInvalid() => RunConfigured((network, _) =>
    {
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Add(network)).Code);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Add(network, new ARPNeighbor { Device = "eth0" })).Code);
        var state = new ARPNeighbor { ToIPAddress = new() { Address = "10.1.2.1" }, Device = "eth0", State = -1 };
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => Add(network, state)).Code);
        var device = new ARPNeighbor { ToIPAddress = new() { Address = "10.1.2.1" }, Device = "x" };
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<KataException>(() => Add(network, device)).Code);
    });

    [Fact]
    public void Parsers_RandomText_OnlyThrowOurError()
    {
        var random = new Random(5);
        const string Alphabet = "0123456789abcdef.:/%[]- x\0é";
        NetworkLink[] links = [new() { Index = 2, Name = "eth0" }];
        for (int i = 0; i < 50_000; i++)
        {
            string Text() => new(random.GetItems<char>(Alphabet, random.Next(12)));
            var route = new Route { Dest = Text(), Gateway = Text(), Source = Text(), Device = "eth0", Scope = (uint)random.Next(300), Family = (IPFamily)random.Next(3) };
            var neighbor = new ARPNeighbor { ToIPAddress = new() { Address = Text() }, Device = "eth0", Lladdr = Text(), State = random.Next(), Flags = random.Next() };
            var link = new Interface { Name = Text(), HwAddr = Text(), IPAddresses = { new Protocols.Types.IPAddress { Address = Text(), Mask = Text() } } };
            foreach (Action parse in (Action[])[() => RouteReader.Parse([route], links), () => NeighborUpdate.Parse([neighbor], links), () => InterfaceWish.Parse(link)])
            {
                try
                {
                    parse();
                }
                catch (KataException)
                {
                    // The only way to fail.
                }
            }
        }
    }

    private static void RunConfigured(Action<GuestNetwork, RouteNetlink> action) => NetworkNamespaceThread.Run((network, netlink) =>
    {
        netlink.AddLink("eth0", 10);
        UpdateInterfaceTests.Update(network, UpdateInterfaceTests.Request("eth0", "02:00:00:00:00:0a", 1500, "10.1.2.3/24", "fd00::5/64"));
        action(network, netlink);
    });

    private static Routes Update(GuestNetwork network, params Route[] routes) =>
        network.UpdateRoutesAsync(new UpdateRoutesRequest { Routes = new Routes { Routes_ = { routes } } }, CancellationToken.None).GetAwaiter().GetResult();

    private static void Add(GuestNetwork network, params ARPNeighbor[] neighbors) =>
        network.AddNeighborsAsync(new AddARPNeighborsRequest { Neighbors = new ARPNeighbors { ARPNeighbors_ = { neighbors } } }, CancellationToken.None)
            .GetAwaiter().GetResult();
}
