using System.Globalization;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>Memory that is plugged into a running guest whose kernel leaves it to others to use it.</summary>
public sealed class MemoryHotplugTests
{
    private const long Plugged = 128 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OnlineCPUMem_MemoryWasPluggedIn_ContainersHaveIt()
    {
        await using var vm = new AgentVm { MemoryOptions = ",slots=2,maxmem=1G", KernelParameters = { "memhp_default_state=offline" } };
        await vm.BootAsync();
        GuestDetailsResponse details = await vm.Agent.GetGuestDetailsAsync(new GuestDetailsRequest { MemBlockSize = true, MemHotplugProbe = true }, cancellationToken: Token);
        long before = await SizeAsync(vm, "c1");

        await vm.Qmp.ExecuteAsync("object-add", new Dictionary<string, object> { ["qom-type"] = "memory-backend-ram", ["id"] = "ram1", ["size"] = Plugged });
        await vm.Qmp.ExecuteAsync("device_add", new { driver = "pc-dimm", id = "dimm1", memdev = "ram1" });
        await BlockAsync(vm, details.MemBlockSizeBytes);
        long offline = await SizeAsync(vm, "c2");
        await vm.Agent.OnlineCPUMemAsync(new OnlineCPUMemRequest { CpuOnly = true }, cancellationToken: Token);
        long processorsOnly = await SizeAsync(vm, "c3");
        await vm.Agent.OnlineCPUMemAsync(new OnlineCPUMemRequest(), cancellationToken: Token);
        long online = await SizeAsync(vm, "c4");

        Assert.Equal((ulong)Plugged, details.MemBlockSizeBytes);
        Assert.False(details.SupportMemHotplugProbe);
        Assert.Equal((before, before), (offline, processorsOnly));
        Assert.Equal(before + Plugged, online);
    }

    // The kernel hears of it by an ACPI event, in its own time.
    private static async Task BlockAsync(AgentVm vm, ulong blockSize)
    {
        const ulong Gibibytes4 = 4UL << 30;
        string block = (Gibibytes4 / blockSize).ToString(CultureInfo.InvariantCulture);
        string[] wait = ["sh", "-c", $"until [ -e /sys/devices/system/memory/memory{block} ]; do usleep 10000; done; cat /sys/devices/system/memory/memory{block}/state"];
        ContainerRun run = await vm.Containers.RunAsync("wait", vm.Containers.NewSpec("wait", wait));
        Assert.Equal("offline\n", run.Output + run.Error);
    }

    private static async Task<long> SizeAsync(AgentVm vm, string id)
    {
        ContainerRun run = await vm.Containers.RunAsync(id, vm.Containers.NewSpec(id, "awk", "/MemTotal/ { print $2 }", "/proc/meminfo"));
        return long.Parse(run.Output, CultureInfo.InvariantCulture) << 10;
    }
}
