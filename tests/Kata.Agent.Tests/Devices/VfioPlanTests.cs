using Kata.Agent.Devices;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Devices;

/// <summary>VFIO devices of a request, on a tree like sysfs. What only a kernel can show is in the VM tests.</summary>
public sealed class VfioPlanTests : IDisposable
{
    private const string Root = "devices/pci0000:00";
    private const string Uuid = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";

    private readonly FakeSysfs _fake = new FakeSysfs().Directory(Root);
    private readonly RollbackStack _undo = new(NullLogger.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _fake.Dispose();

    [Fact]
    public async Task Prepare_Vfio_BindsTheDriverAndNamesTheGuestsGroup()
    {
        const string device = "bus/pci/devices/0000:00:04.0";
        Vfio("0000:00:04.0", "12", driver: "vfio-pci").Node("/dev/vfio/12", FileKind.CharacterDevice, 240, 0).File("class/vfio/12/dev", "240:0\n");
        Spec spec = NewSpec(("/dev/vfio/47", "c", 511, 47));
        spec.Process = new Process { Env = { "A=b", "PCIDEVICE_INTEL=0000:99:00.0,0000:1a:00.0" } };
        var request = new Device { Type = "vfio-pci", Id = "47", ContainerPath = "/dev/vfio/47", Options = { "0000:1a:00.0=04" } };

        await new DevicePlan([request], spec, _fake.Devices()).PrepareAsync(_undo, Token);

        Assert.Equal("vfio-pci", _fake.Read($"{device}/driver_override"));
        Assert.Equal(("/dev/vfio/12", 240L, 0L), (spec.Linux.Devices[0].Path, spec.Linux.Devices[0].Major, spec.Linux.Devices[0].Minor));
        Assert.Equal(["A=b", "PCIDEVICE_INTEL=0000:99:00.0,0000:00:04.0"], spec.Process.Env);
        await _undo.DisposeAsync();
        Assert.StartsWith("\n", _fake.Read($"{device}/driver_override"), StringComparison.Ordinal); // in sysfs a write replaces all
    }

    [Fact]
    public async Task Prepare_VfioDriverDoesNotTakeIt_SaysSo()
    {
        Vfio("0000:00:04.0", "12", driver: "virtio-pci");
        var request = new Device { Type = "vfio", Id = "47", ContainerPath = "/dev/vfio/47", Options = { "0000:1a:00.0=04" } };

        KataException error = await Assert.ThrowsAsync<KataException>(() =>
            new DevicePlan([request], NewSpec(("/dev/vfio/47", "c", 511, 47)), _fake.Devices()).PrepareAsync(_undo, Token));

        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
        Assert.Contains("0000:00:04.0 did not go to the driver vfio-pci", error.Message, StringComparison.Ordinal);
        Assert.Equal("0000:00:04.0", _fake.Read("bus/pci/drivers/virtio-pci/unbind"));
        Assert.Equal("0000:00:04.0", _fake.Read("bus/pci/drivers_probe"));
    }

    [Fact]
    public async Task Prepare_VfioDevicesOfTwoGroups_AreRefused()
    {
        Vfio("0000:00:04.0", "12", driver: "vfio-pci");
        Vfio("0000:00:05.0", "13", driver: "vfio-pci");
        var request = new Device { Type = "vfio", Id = "47", ContainerPath = "/dev/vfio/47", Options = { "0000:1a:00.0=04", "0000:1a:00.1=05" } };

        KataException error = await Assert.ThrowsAsync<KataException>(() =>
            new DevicePlan([request], NewSpec(("/dev/vfio/47", "c", 511, 47)), _fake.Devices()).PrepareAsync(_undo, Token));

        Assert.Contains("different IOMMU groups, 12 and 13", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_VfioWithoutTheDriver_IsUnsupported()
    {
        var request = new Device { Type = "vfio", Id = "47", ContainerPath = "/dev/vfio/47", Options = { "0000:1a:00.0=04" } };

        KataException error = await Assert.ThrowsAsync<KataException>(() =>
            new DevicePlan([request], NewSpec(("/dev/vfio/47", "c", 511, 47)), _fake.Devices()).PrepareAsync(_undo, Token));

        Assert.Equal(ErrorCode.Unsupported, error.Code);
    }

    [Fact]
    public async Task Prepare_GuestKernelDriver_WaitsForTheDeviceOnly()
    {
        _fake.Directory($"{Root}/0000:00:04.0");
        Spec spec = NewSpec(("/dev/a", "b", 8, 0));
        Spec before = spec.Clone();
        var request = new Device { Type = "vfio-pci-gk", Id = "47", ContainerPath = "/dev/vfio/47", Options = { "0000:1a:00.0=04" } };

        await new DevicePlan([request], spec, _fake.Devices()).PrepareAsync(_undo, Token);

        Assert.Equal(before, spec);
    }

    [Fact]
    public async Task Prepare_NamesOfHostAndGuestOverlap_AreEachRewrittenOnce()
    {
        Vfio("0000:00:04.0", "12", driver: "vfio-pci");
        Vfio("0000:00:05.0", "13", driver: "vfio-pci");
        Group("12", 0);
        Group("13", 1);
        Spec spec = NewSpec(("/dev/vfio/12", "c", 511, 12), ("/dev/vfio/13", "c", 511, 13));
        spec.Process = new Process { Env = { "PCIDEVICE_X=0000:00:05.0,0000:00:04.0" } };
        Device[] requests = [Request("vfio", "/dev/vfio/12", "0000:00:05.0=04"), Request("vfio", "/dev/vfio/13", "0000:00:04.0=05")];

        var plan = new DevicePlan(requests, spec, _fake.Devices());
        await plan.PrepareAsync(_undo, Token);

        Assert.Equal(["PCIDEVICE_X=0000:00:04.0,0000:00:05.0"], spec.Process.Env);
        Assert.Equal("0000:00:04.0", plan.GuestNames["0000:00:05.0"]);
        Assert.Equal(["/dev/vfio/12 240:0", "/dev/vfio/13 240:1"], spec.Linux.Devices.Select(d => $"{d.Path} {d.Major}:{d.Minor}"));
    }

    [Fact]
    public async Task Prepare_TwoDevicesBecomeOne_IsRefusedAndTheSpecStays()
    {
        Vfio("0000:00:04.0", "12", driver: "vfio-pci");
        Group("12", 0);
        Spec spec = NewSpec(("/dev/vfio/1", "c", 511, 1), ("/dev/vfio/2", "c", 511, 2), ("/dev/vfio/12", "c", 511, 12));
        Spec before = spec.Clone();
        Device[] twice = [Request("vfio", "/dev/vfio/1", "0000:1a:00.0=04"), Request("vfio", "/dev/vfio/2", "0000:1b:00.0=04")];

        KataException moved = await Assert.ThrowsAsync<KataException>(() => new DevicePlan(twice[..1], spec, _fake.Devices()).PrepareAsync(_undo, Token));
        before.Linux.Devices.RemoveAt(2);
        spec.Linux.Devices.RemoveAt(2);
        KataException both = await Assert.ThrowsAsync<KataException>(() => new DevicePlan(twice, spec, _fake.Devices()).PrepareAsync(_undo, Token));

        Assert.Contains("device /dev/vfio/1 is /dev/vfio/12 in the guest, but another device", moved.Message, StringComparison.Ordinal);
        Assert.Contains("device /dev/vfio/2 is /dev/vfio/12 in the guest, but another device", both.Message, StringComparison.Ordinal);
        Assert.Equal(before.Linux.Devices, spec.Linux.Devices);
    }

    [Fact]
    public async Task Prepare_NoIommu_SaysSoAndTouchesNothing()
    {
        Vfio("0000:00:04.0", "12", driver: "virtio-pci");
        File.Delete(_fake.Full($"{Root}/0000:00:04.0/iommu_group"));

        KataException error = await Assert.ThrowsAsync<KataException>(() => Plan("0000:1a:00.0=04").PrepareAsync(_undo, Token));

        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
        Assert.Contains("0000:00:04.0 is in no IOMMU group: the guest needs an IOMMU", error.Message, StringComparison.Ordinal);
        Assert.Empty(_fake.Read($"{Root}/0000:00:04.0/driver_override"));
        Assert.Empty(_fake.Read("bus/pci/drivers/virtio-pci/unbind"));
    }

    [Theory]
    [InlineData("virtio-pci", false)]
    [InlineData("shpchp", false)]
    [InlineData("pcieport", true)]
    [InlineData("mlx5-vfio-pci", true)]
    public async Task Prepare_GroupHasAnotherDevice_ItsDriverDecides(string driver, bool accepted)
    {
        Vfio("0000:00:04.0", "12", driver: "vfio-pci");
        Vfio("0000:00:04.1", "12", driver);
        Group("12", 0);

        Exception? error = await Record.ExceptionAsync(() => Plan("0000:1a:00.0=04").PrepareAsync(_undo, Token));

        Assert.Equal(accepted, error is null);
        Assert.True(accepted || error!.Message.Contains($"IOMMU group 12 has device 0000:00:04.1, too, which the driver {driver} uses", StringComparison.Ordinal), error?.Message);
    }

    [Fact]
    public async Task Prepare_DeviceBehindTwoBridges_ItsLinksAreFollowed()
    {
        string device = $"{Root}/0000:00:02.0/0000:01:00.0/0000:02:00.0";
        _fake.Directory($"{Root}/0000:00:02.0/pci_bus/0000:01").Directory($"{Root}/0000:00:02.0/0000:01:00.0/pci_bus/0000:02");
        Vfio(device, "12", driver: "vfio-pci");
        Group("12", 0);

        await Plan("0000:1a:00.0=02/00/00").PrepareAsync(_undo, Token);

        Assert.Equal("vfio-pci", _fake.Read($"{device}/driver_override"));
    }

    [Fact]
    public async Task Undo_BindingFailedHalfWay_OwnDriverIsAskedAgain()
    {
        Vfio("0000:00:04.0", "12", driver: "virtio-pci");
        await Assert.ThrowsAsync<KataException>(() => Plan("0000:1a:00.0=04").PrepareAsync(_undo, Token));
        File.Delete(_fake.Full($"{Root}/0000:00:04.0/driver")); // what the kernel did when it was unbound
        File.WriteAllText(_fake.Full("bus/pci/drivers_probe"), string.Empty);

        await _undo.DisposeAsync();

        Assert.Equal("0000:00:04.0", _fake.Read("bus/pci/drivers_probe"));
    }

    [Fact]
    public async Task Undo_AnotherContainerHasTheDevice_ItStaysBound()
    {
        Vfio("0000:00:04.0", "12", driver: "vfio-pci");
        Group("12", 0);
        GuestDevices devices = _fake.Devices();
        var second = new RollbackStack(NullLogger.Instance);
        await Plan("0000:1a:00.0=04", devices).PrepareAsync(_undo, Token);
        await Plan("0000:1a:00.0=04", devices).PrepareAsync(second, Token);

        await _undo.DisposeAsync();
        Assert.Equal("vfio-pci", _fake.Read($"{Root}/0000:00:04.0/driver_override"));
        await second.DisposeAsync();

        Assert.StartsWith("\n", _fake.Read($"{Root}/0000:00:04.0/driver_override"), StringComparison.Ordinal);
        Assert.Equal("0000:00:04.0", _fake.Read("bus/pci/drivers/vfio-pci/unbind"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Prepare_MediatedDevice_WaitsForItsDriver(bool hasDriver)
    {
        string device = $"devices/virtual/mtty/mtty/{Uuid}";
        _fake.Directory(device).Link($"bus/mdev/devices/{Uuid}", device).Directory("kernel/iommu_groups/0").Link($"{device}/iommu_group", "kernel/iommu_groups/0");
        _ = hasDriver ? _fake.Directory("bus/mdev/drivers/mtty").Link($"{device}/driver", "bus/mdev/drivers/mtty") : _fake;
        Group("0", 0);
        Spec spec = NewSpec(("/dev/vfio/47", "c", 511, 47));

        Exception? error = await Record.ExceptionAsync(() =>
            new DevicePlan([Request("vfio", "/dev/vfio/47", $"{Uuid.ToUpperInvariant()}={Uuid}")], spec, _fake.Devices()).PrepareAsync(_undo, Token));

        Assert.Equal(hasDriver ? "/dev/vfio/0" : "/dev/vfio/47", spec.Linux.Devices[0].Path);
        Assert.Equal(hasDriver, error is null);
        Assert.True(hasDriver || error!.Message.StartsWith($"mediated device {Uuid} did not appear within 0.05 s: it is there, but no driver", StringComparison.Ordinal), error?.Message);
    }

    private static Device Request(string type, string path, params string[] options) =>
        new() { Type = type, Id = Path.GetFileName(path), ContainerPath = path, Options = { options } };

    private static Spec NewSpec(params (string Path, string Type, long Major, long Minor)[] devices)
    {
        var spec = new Spec { Process = new Process(), Linux = new Kata.Protocols.Oci.Linux { Resources = new LinuxResources() } };
        foreach ((string path, string type, long major, long minor) in devices)
        {
            spec.Linux.Devices.Add(new LinuxDevice { Path = path, Type = type, Major = major, Minor = minor });
            spec.Linux.Resources.Devices.Add(new LinuxDeviceCgroup { Allow = true, Type = type, Major = major, Minor = minor, Access = "rwm" });
        }

        return spec;
    }

    private DevicePlan Plan(string option, GuestDevices? devices = null) =>
        new([Request("vfio", "/dev/vfio/47", option)], NewSpec(("/dev/vfio/47", "c", 511, 47)), devices ?? _fake.Devices());

    private void Group(string number, uint minor) =>
        _fake.Node($"/dev/vfio/{number}", FileKind.CharacterDevice, 240, minor).File($"class/vfio/{number}/dev", $"240:{minor}\n");

    /// <summary>A PCI device as the kernel shows it: the directory where it is plugged, and links to it from the bus and its group.</summary>
    private FakeSysfs Vfio(string device, string group, string driver)
    {
        device = device.Contains('/', StringComparison.Ordinal) ? device : $"{Root}/{device}";
        string address = Path.GetFileName(device);
        return _fake.File("bus/pci/drivers/vfio-pci/unbind").File($"bus/pci/drivers/{driver}/unbind").File("bus/pci/drivers_probe")
            .File($"{device}/driver_override").Link($"{device}/driver", $"bus/pci/drivers/{driver}").Link($"bus/pci/devices/{address}", device)
            .Link($"kernel/iommu_groups/{group}/devices/{address}", device).Link($"{device}/iommu_group", $"kernel/iommu_groups/{group}");
    }
}
