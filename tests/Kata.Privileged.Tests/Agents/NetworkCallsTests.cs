using Google.Protobuf;
using Grpc.Core;
using Kata.Linux.Namespaces;
using Kata.Linux.Netlink;
using Kata.Linux.Processes;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;

namespace Kata.Privileged.Tests.Agents;

/// <summary>The network calls over the wire, in the agent's own network namespace.</summary>
public sealed class NetworkCallsTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Interface_Configured_IsListedAndRoutable()
    {
        await InAgentsNetworkAsync(netlink =>
        {
            netlink.AddLink("tap7", "bridge");
            netlink.SetLinkHardwareAddress(netlink.FindLink("tap7")!.Index, "02:00:00:00:00:77");
        });
        var wanted = new Interface { Name = "eth0", Device = "eth0", HwAddr = "02:00:00:00:00:77", Mtu = 1450 };
        wanted.IPAddresses.Add(new Protocols.Types.IPAddress { Address = "10.88.0.2", Mask = "16" });
        wanted.IPAddresses.Add(new Protocols.Types.IPAddress { Address = "fd00:88::2", Mask = "64", Family = IPFamily.V6 });

        Interface answer = await live.Agent.UpdateInterfaceAsync(new UpdateInterfaceRequest { Interface = wanted }, cancellationToken: Token);
        Interfaces interfaces = await live.Agent.ListInterfacesAsync(new ListInterfacesRequest(), cancellationToken: Token);
        var routes = new Routes { Routes_ = { new Route { Gateway = "10.88.0.1", Device = "eth0" }, new Route { Gateway = "fd00:88::1", Device = "eth0", Family = IPFamily.V6 } } };
        Routes after = await live.Agent.UpdateRoutesAsync(new UpdateRoutesRequest { Routes = routes }, cancellationToken: Token);
        var neighbors = new ARPNeighbors { ARPNeighbors_ = { new ARPNeighbor { ToIPAddress = new() { Address = "10.88.0.1" }, Device = "eth0", Lladdr = "02:00:00:00:00:01" } } };
        await live.Agent.AddARPNeighborsAsync(new AddARPNeighborsRequest { Neighbors = neighbors }, cancellationToken: Token);

        Assert.Equal(wanted, answer);
        Interface eth0 = Assert.Single(interfaces.Interfaces_, entry => entry.Name == "eth0");
        Assert.Equal(1450UL, eth0.Mtu);
        Assert.Contains(eth0.IPAddresses, a => a is { Address: "10.88.0.2", Family: IPFamily.V4 });
        Assert.Contains(eth0.IPAddresses, a => a is { Address: "fd00:88::2", Family: IPFamily.V6 });
        Assert.Contains(after.Routes_, r => r is { Gateway: "10.88.0.1", Device: "eth0", Family: IPFamily.V4 });
        Assert.Contains(after.Routes_, r => r is { Gateway: "fd00:88::1", Family: IPFamily.V6 });
        Assert.Equal(after, await live.Agent.ListRoutesAsync(new ListRoutesRequest(), cancellationToken: Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PacketFilter_RulesSet_AreReadBack(bool sixth)
    {
        string rules = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 4711 -j DROP\nCOMMIT\n";
        await live.Agent.SetIPTablesAsync(new SetIPTablesRequest { IsIpv6 = sixth, Data = ByteString.CopyFromUtf8(rules) }, cancellationToken: Token);

        GetIPTablesResponse response = await live.Agent.GetIPTablesAsync(new GetIPTablesRequest { IsIpv6 = sixth }, cancellationToken: Token);

        Assert.Contains("-A INPUT -p tcp -m tcp --dport 4711 -j DROP", response.Data.ToStringUtf8(), StringComparison.Ordinal);
        SetIPTablesRequest wrong = new() { IsIpv6 = sixth, Data = ByteString.CopyFromUtf8("*filter\n-A NOSUCH -j DROP\nCOMMIT\n") };
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await live.Agent.SetIPTablesAsync(wrong, cancellationToken: Token));
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("line 2", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(response.Data.Length, (await live.Agent.GetIPTablesAsync(new GetIPTablesRequest { IsIpv6 = sixth }, cancellationToken: Token)).Data.Length);
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => live.Agent.SetIPTablesAsync(new SetIPTablesRequest { IsIpv6 = sixth }, cancellationToken: Token)));
    }

    [Fact]
    public async Task Requests_EmptyOrWrong_HaveTheirStatus()
    {
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => live.Agent.UpdateInterfaceAsync(new UpdateInterfaceRequest(), cancellationToken: Token)));
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => live.Agent.UpdateRoutesAsync(new UpdateRoutesRequest(), cancellationToken: Token)));
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => live.Agent.AddARPNeighborsAsync(new AddARPNeighborsRequest(), cancellationToken: Token)));
        var path = new UpdateInterfaceRequest { Interface = new Interface { DevicePath = "../..", Name = "eth9" } };
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => live.Agent.UpdateInterfaceAsync(path, cancellationToken: Token)));
        var route = new UpdateRoutesRequest { Routes = new Routes { Routes_ = { new Route { Device = "nosuch" } } } };
        Assert.Equal(StatusCode.NotFound, await StatusOf(() => live.Agent.UpdateRoutesAsync(route, cancellationToken: Token)));
    }

    private async Task InAgentsNetworkAsync(Action<RouteNetlink> action)
    {
        using var thread = new LauncherThread("agent-net");
        await thread.RunAsync(() =>
        {
            using var network = NamespaceFd.Open(live.Pid, CloneFlags.NewNet);
            network.Enter();
            using var netlink = new RouteNetlink();
            action(netlink);
        });
        await thread.Ended.WaitAsync(TimeSpan.Zero, Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task<StatusCode> StatusOf<T>(Func<AsyncUnaryCall<T>> call) => (await Assert.ThrowsAsync<RpcException>(async () => await call())).StatusCode;
}
