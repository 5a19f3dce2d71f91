using System.Text.Json;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>Network devices and processors that are plugged into a running guest.</summary>
public sealed class NetworkHotplugTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Devices_PluggedIn_AreConfiguredOnlineAndCounted()
    {
        await using var vm = new AgentVm();
        foreach (string argument in (string[])
            [
                "-device", "pcie-root-port,id=rp0,chassis=1,addr=0x10", "-device", "pcie-root-port,id=rp1,chassis=2,addr=0x11",
                "-netdev", "hubport,id=n0,hubid=0", "-netdev", "hubport,id=n1,hubid=0", "-smp", "1,maxcpus=2",
            ])
        {
            vm.Arguments.Add(argument);
        }

        await vm.BootAsync();

        // Asked for before it is there, by where it will be; no hardware address is given.
        Task<Interface> waiting = UpdateAsync(vm, new Interface { Name = "eth0", DevicePath = "10/00", IPAddresses = { Address("10.77.0.1") } });
        await PlugAsync(vm, "rp0", "n0", "02:00:00:00:00:01");
        await waiting;

        // The second is found by its hardware address and takes the name of the first.
        await PlugAsync(vm, "rp1", "n1", "02:00:00:00:00:02");
        await UpdateAsync(vm, new Interface { Name = "eth0", HwAddr = "02:00:00:00:00:02", Mtu = 1400, IPAddresses = { Address("10.78.0.1"), Sixth("fd00:78::1") } });
        Routes routes = new() { Routes_ = { new Route { Dest = "10.99.0.0/16", Gateway = "10.78.0.254", Device = "eth0" } } };
        Routes after = await vm.Agent.UpdateRoutesAsync(new UpdateRoutesRequest { Routes = routes }, cancellationToken: Token);
        Interfaces interfaces = await vm.Agent.ListInterfacesAsync(new ListInterfacesRequest(), cancellationToken: Token);

        Interface eth0 = Assert.Single(interfaces.Interfaces_, entry => entry.Name == "eth0");
        Interface eth1 = Assert.Single(interfaces.Interfaces_, entry => entry.Name == "eth1");
        Assert.Equal(("02:00:00:00:00:02", 1400UL), (eth0.HwAddr, eth0.Mtu));
        Assert.Contains(eth0.IPAddresses, entry => entry.Address == "fd00:78::1");
        Assert.Equal("02:00:00:00:00:01", eth1.HwAddr);
        Assert.Contains(eth1.IPAddresses, entry => entry.Address == "10.77.0.1");
        Assert.Contains(after.Routes_, route => route.Gateway == "10.78.0.254");

        await PlugProcessorAsync(vm);
        await vm.Agent.OnlineCPUMemAsync(new OnlineCPUMemRequest { NbCpus = 2, CpuOnly = true }, cancellationToken: Token);
        ContainerRun run = await vm.Containers.RunAsync("c1", vm.Containers.NewSpec("c1", "sh", "-c", "nproc; ip addr show eth0 | grep -c 10.78.0.1/16"));
        Assert.Equal("2\n1\n", run.Output + run.Error);
        string metrics = (await vm.Agent.GetMetricsAsync(new GetMetricsRequest(), cancellationToken: Token)).Metrics_;
        Assert.Contains("kata_guest_netdev_stat{interface=\"eth1\",item=\"recv_bytes\"}", metrics, StringComparison.Ordinal);
        Assert.Contains("kata_guest_cpu_time{cpu=\"1\",item=\"user\"}", metrics, StringComparison.Ordinal);
    }

    private static async Task<Interface> UpdateAsync(AgentVm vm, Interface wanted) =>
        await vm.Agent.UpdateInterfaceAsync(new UpdateInterfaceRequest { Interface = wanted }, cancellationToken: Token);

    private static IPAddress Address(string text) => new() { Address = text, Mask = "16" };

    private static IPAddress Sixth(string text) => new() { Address = text, Mask = "64", Family = IPFamily.V6 };

    private static Task<JsonElement> PlugAsync(AgentVm vm, string bus, string network, string hardware) =>
        vm.Qmp.ExecuteAsync("device_add", new { driver = "virtio-net-pci", id = "dev-" + network, netdev = network, mac = hardware, bus });

    private static async Task PlugProcessorAsync(AgentVm vm)
    {
        JsonElement slots = await vm.Qmp.ExecuteAsync("query-hotpluggable-cpus");
        JsonElement free = slots.EnumerateArray().Single(slot => !slot.TryGetProperty("qom-path", out _));
        Dictionary<string, object> device = new() { ["driver"] = free.GetProperty("type").GetString()!, ["id"] = "cpu1" };
        foreach (JsonProperty property in free.GetProperty("props").EnumerateObject())
        {
            device[property.Name] = property.Value.GetInt32();
        }

        await vm.Qmp.ExecuteAsync("device_add", device);
    }
}
