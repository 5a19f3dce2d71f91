using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Protocols.Types;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>Devices that a container drives itself, behind an IOMMU that QEMU emulates, opened as its programs would.</summary>
public sealed class VfioTests(VfioVm guest) : IClassFixture<VfioVm>
{
    private const string Host = "0000:1a:00.0";
    private const string Uuid = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentVm Vm => guest.Vm;

    [Fact]
    public async Task Device_BehindAPort_IsTheContainersAloneAndGoesBack()
    {
        const string script = """
            ls /dev/vfio | wc -l
            [ $(stat -c '%t:%T' $g) = $(busybox printf %x:%x $(tr : ' ' < /sys/class/vfio/${g##*/}/dev)) ] && echo number
            [ $(readlink /sys/bus/pci/devices/$PCIDEVICE_X/iommu_group) = ../../../../kernel/iommu_groups/${g##*/} ] && echo group
            readlink /sys/bus/pci/devices/$PCIDEVICE_X/driver; echo $PCIDEVICE_X >&2
            vfio $g $PCIDEVICE_X
            mknod /tmp/other c $((0x$(stat -c %t $g))) $((0x$(stat -c %T $g) + 1)); cat /tmp/other; mknod /tmp/kmsg c 1 11; cat /tmp/kmsg
            """;
        ContainerRun run = await Vm.Containers.RunAsync(guest.NewRequest("port", script, Host + "=10/00"));
        string address = run.Error.Split('\n')[0];

        Assert.Equal("2\nnumber\ngroup\n../../../../bus/pci/drivers/vfio-pci\nflags 1\n" + VfioVm.Rng, run.Output);
        Assert.Equal(2, run.Error.Split("Operation not permitted").Length - 1);
        Assert.Equal("virtio-pci", await guest.DriverOfAsync(address));
    }

    [Fact]
    public async Task Exec_VariablesOfTheHost_AreTheGuestsAsWell()
    {
        await Vm.Containers.StartAsync(guest.NewRequest("execs", "sleep 1000", Host + "=10/00"));
        Process process = Vm.Containers.NewSpec("execs", "sh", "-c", "vfio /dev/vfio/[0-9]* $PCIDEVICE_X; echo $OTHER").Process;
        process.Env.AddRange([$"PCIDEVICE_X={Host}", $"OTHER={Host}"]);
        ContainerRun run = await Vm.Containers.ExecAsync("execs", "e1", process);
        await Vm.Containers.RemoveAsync("execs");

        Assert.Equal($"flags 1\n{VfioVm.Rng}{Host}\n", run.Output + run.Error);
    }

    [Theory]
    [InlineData("12/00/00/00")] // behind a switch
    [InlineData("20/00/00")] // on a second root bus, as upstream writes it
    [InlineData("0000:20/00/00")]
    public async Task Device_ElsewhereOnTheBuses_IsFoundAndBound(string path)
    {
        ContainerRun run = await Vm.Containers.RunAsync(guest.NewRequest("where", "vfio $g $PCIDEVICE_X", $"{Host}={path}"));

        Assert.Equal("flags 1\n" + VfioVm.Rng, run.Output + run.Error);
    }

    [Fact]
    public async Task Group_OfTwoFunctions_IsGivenWholeOrNotAtAll()
    {
        RpcException half = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(guest.NewRequest("half", "true", Host + "=11/00")));
        RpcException mixed = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(guest.NewRequest("mixed", "true", Host + "=11/00", "0000:1a:00.1=10/00")));
        ContainerRun run = await Vm.Containers.RunAsync(guest.NewRequest(
            "whole", "for d in ${PCIDEVICE_X//,/ }; do vfio $g $d; done; echo $PCIDEVICE_X >&2", Host + "=11/00.0", "0000:1a:00.1=11/00.1"));

        Assert.Equal(StatusCode.FailedPrecondition, half.StatusCode);
        Assert.Matches("^IOMMU group [0-9]+ has device 0000:[0-9a-f]{2}:00.1, too, which the driver virtio-pci uses", half.Status.Detail);
        Assert.Equal(StatusCode.InvalidArgument, mixed.StatusCode);
        Assert.Equal(string.Concat(Enumerable.Repeat("flags 1\n" + VfioVm.Rng, 2)), run.Output);
        foreach (string address in run.Error.TrimEnd().Split(','))
        {
            Assert.Equal("virtio-pci", await guest.DriverOfAsync(address));
        }
    }

    [Fact]
    public async Task GuestKernelTypes_Device_StaysWithItsDriver()
    {
        CreateContainerRequest request = guest.NewRequest("gk", "ls /dev/vfio; readlink /sys/bus/pci/devices/$PCIDEVICE_X/driver", Host + "=10/00");
        request.OCI.Linux.Devices.RemoveAt(0);
        request.Devices[0].Type = "vfio-pci-gk";

        ContainerRun run = await Vm.Containers.RunAsync(request);

        Assert.Equal("vfio\n../../../../bus/pci/drivers/virtio-pci\n", run.Output + run.Error);
    }

    [Fact]
    public async Task Device_NeverComes_EndsInTimeAndTheOthersGoBack()
    {
        (string Type, string Path, string Words)[] cases =
        [
            ("vfio-pci", "13/00", "there is no PCI device 0000:"),
            ("vfio-gk", "1e/05", "is no bridge"),
            ("vfio", "30/00/00", "the guest has no PCI root bus 0000:30"),
            ("vfio", "ffffffff-509f-382f-3c1e-e6bfe0fa1001", "the guest's kernel has no such device"),
        ];
        long start = TimeProvider.System.GetTimestamp();

        // All at once: each has the device at 10/00 as well, until it fails.
        RpcException[] errors = await Task.WhenAll(cases.Select((one, i) => Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(WithAbsent($"never{i}", one.Type, one.Path)))));
        TimeSpan passed = TimeProvider.System.GetElapsedTime(start);
        ContainerRun after = await Vm.Containers.RunAsync(guest.NewRequest("after", "vfio $g $PCIDEVICE_X; echo $PCIDEVICE_X >&2", Host + "=10/00"));

        Assert.All(errors, error => Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode));
        Assert.All(errors, error => Assert.Contains("did not appear within 3 s: ", error.Status.Detail, StringComparison.Ordinal));
        Assert.All(cases.Zip(errors), pair => Assert.Contains(pair.First.Words, pair.Second.Status.Detail, StringComparison.Ordinal));
        Assert.InRange(passed, TimeSpan.FromSeconds(2.9), TimeSpan.FromSeconds(20));
        Assert.Equal("flags 1\n" + VfioVm.Rng, after.Output);
        Assert.Equal("virtio-pci", await guest.DriverOfAsync(after.Error.TrimEnd()));
    }

    [Fact]
    public async Task HotPlug_AfterTheRequest_IsWaitedForAndCanBeUnplugged()
    {
        Task<ContainerRun> waiting = Vm.Containers.RunAsync(guest.NewRequest("late", "vfio $g $PCIDEVICE_X", Host + "=13/00"));
        await PlugAsync("late0", "hp0");
        ContainerRun late = await waiting;
        await Vm.Qmp.RemoveAsync("late0");
        await PlugAsync("late1", "hp0");
        ContainerRun replaced = await Vm.Containers.RunAsync(guest.NewRequest("late", "vfio $g $PCIDEVICE_X", Host + "=13/00"));
        await Vm.Qmp.RemoveAsync("late1");

        Assert.Equal(("flags 1\n" + VfioVm.Rng, "flags 1\n" + VfioVm.Rng), (late.Output + late.Error, replaced.Output + replaced.Error));
    }

    [Fact]
    public async Task HotUnplug_WhileAContainerHasItOpen_EndsWithTheContainer()
    {
        await PlugAsync("held", "hp1");
        await Vm.Containers.StartAsync(guest.NewRequest("holder", "vfio $g $PCIDEVICE_X hold", Host + "=14/00"));
        Assert.StartsWith("flags 1", await ReadSomeAsync("holder"), StringComparison.Ordinal);

        await Vm.Qmp.ExecuteAsync("device_del", new { id = "held" });
        await Vm.Containers.RemoveAsync("holder");
        await Vm.Qmp.WaitAsync("DEVICE_DELETED", data => data.TryGetProperty("device", out System.Text.Json.JsonElement device) && device.GetString() == "held");

        Assert.Equal("0\n", (await Vm.Containers.RunAsync("gone", Vm.Containers.NewSpec("gone", "sh", "-c", "ls /sys/bus/pci/drivers/vfio-pci | grep -c :"))).Output);
    }

    [Fact]
    public async Task Remove_DescriptorsWereGivenAway_DoesNotWaitForEver()
    {
        Task<ContainerRun> taking = Vm.Containers.RunAsync(guest.NewRequest("taker", "vfio take here", Host + "=12/00/00/00"));
        ContainerRun giver = await Vm.Containers.RunAsync(guest.NewRequest("giver", "vfio $g $PCIDEVICE_X give here; echo $PCIDEVICE_X >&2", Host + "=10/00")); // removed, while the other has it
        RpcException busy = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(guest.NewRequest("busy", "true", Host + "=10/00")));
        await Vm.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = "taker", Signal = 9 }, cancellationToken: Token);
        await taking;
        ContainerRun after = await Vm.Containers.RunAsync(guest.NewRequest("free", "vfio $g $PCIDEVICE_X", Host + "=10/00"));

        Assert.Equal("flags 1\n" + VfioVm.Rng, giver.Output);
        Assert.Equal(StatusCode.FailedPrecondition, busy.StatusCode);
        Assert.Contains("is still in use by a process that a container gave it to", busy.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("flags 1\n" + VfioVm.Rng, after.Output + after.Error);
        Assert.Equal("virtio-pci", await guest.DriverOfAsync(giver.Error.TrimEnd()));
    }

    [Fact]
    public async Task MediatedDevice_OfTheGuestsKernel_IsWaitedForAndOpened()
    {
        Task<ContainerRun> waiting = Vm.Containers.RunAsync(guest.NewRequest("mdev", "vfio $g $PCIDEVICE_X; echo $PCIDEVICE_X", $"0000:{Uuid}={Uuid}"));
        Spec maker = Vm.Containers.NewSpec("maker", "sh", "-c", $"echo {Uuid} > /sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1/create");
        maker.Mounts.Single(mount => mount.Destination == "/sys").Options.Remove("ro");
        ContainerRun made = await Vm.Containers.RunAsync("maker", maker);

        Assert.Equal((0, string.Empty), (made.Code, made.Error));
        ContainerRun run = await waiting;
        Assert.Equal($"flags 1\ndevice 4348:3253\n{Uuid}\n", run.Output + run.Error);
    }

    [Fact]
    public async Task Disk_OnASecondRootBus_IsAStorage()
    {
        var storage = new Kata.Protocols.Agent.Storage { Driver = "blk", Source = "20/01/00", Fstype = "ext4", MountPoint = "/run/kata-containers/shared/containers/second" };
        Spec spec = Vm.Containers.NewSpec("second", "cat", "/data/hello");
        GuestContainers.AddBind(spec, storage.MountPoint, "/data");

        ContainerRun run = await Vm.Containers.RunAsync(new CreateContainerRequest { ContainerId = "second", ExecId = "second", OCI = spec, Storages = { storage } });

        Assert.Equal("far away", run.Output);
    }

    [Fact]
    public async Task Disk_OnASecondRootBus_CanBeSwappedTo()
    {
        await Vm.Agent.AddSwapAsync(new AddSwapRequest { PCIPath = { 0x20, 3, 0 } }, cancellationToken: Token);
        ContainerRun swaps = await Vm.Containers.RunAsync("swaps", Vm.Containers.NewSpec("swaps", "cat", "/proc/swaps"));

        Assert.Contains("partition", swaps.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Network_OnASecondRootBus_IsFoundByItsPath()
    {
        var wanted = new Interface { Name = "far0", DevicePath = "20/02/00", IPAddresses = { new IPAddress { Address = "10.77.0.1", Mask = "16" } } };

        await Vm.Agent.UpdateInterfaceAsync(new UpdateInterfaceRequest { Interface = wanted }, cancellationToken: Token);
        Interfaces all = await Vm.Agent.ListInterfacesAsync(new ListInterfacesRequest(), cancellationToken: Token);

        Assert.Equal("02:00:00:00:00:01", Assert.Single(all.Interfaces_, entry => entry.Name == "far0").HwAddr);
    }

    private CreateContainerRequest WithAbsent(string id, string type, string path)
    {
        CreateContainerRequest request = guest.NewRequest(id, "true", Host + "=10/00");
        request.OCI.Linux.Devices.Add(new LinuxDevice { Path = "/dev/vfio/48", Type = "c", Major = 511, Minor = 48 });
        request.Devices.Add(new Device { Type = type, Id = "48", ContainerPath = "/dev/vfio/48", Options = { $"0000:1b:00.0={path}" } });
        return request;
    }

    private Task PlugAsync(string id, string port) => Vm.Qmp.ExecuteAsync("device_add", new { driver = "virtio-rng-pci", id, bus = port });

    private async Task<string> ReadSomeAsync(string id) =>
        (await Vm.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = id, Len = 100 }, cancellationToken: Token)).Data.ToStringUtf8();
}
