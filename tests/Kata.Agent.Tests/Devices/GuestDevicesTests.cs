using Kata.Agent.Devices;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Tests.Devices;

public sealed class GuestDevicesTests : IDisposable
{
    private const string Root = "devices/pci0000:00";

    private readonly FakeSysfs _fake = new FakeSysfs().Directory(Root);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _fake.Dispose();

    [Fact]
    public async Task FindBlock_DeviceCameFirst_IsFoundWithoutAnEvent()
    {
        _fake.Disk($"{Root}/0000:00:02.0", "vda", 254, 0);

        DeviceNode disk = await _fake.Devices().FindBlockAsync(PciPath.Parse("02"), Token);

        Assert.Equal(new DeviceNode("/dev/vda", FileKind.BlockDevice, new DeviceNumber(254, 0)), disk);
    }

    [Fact]
    public async Task FindBlock_BehindBridges_FollowsTheBusesOfTheGuest()
    {
        _fake.Directory($"{Root}/0000:00:02.0/pci_bus/0000:05")
            .Directory($"{Root}/0000:00:02.0/0000:05:01.3/pci_bus/0000:07")
            .Disk($"{Root}/0000:00:02.0/0000:05:01.3/0000:07:1f.0", "vdc", 254, 32);

        Assert.Equal("/dev/vdc", (await _fake.Devices().FindBlockAsync(PciPath.Parse("02/01.3/1f"), Token)).Path);
    }

    [Theory]
    [InlineData("4010000000.pcie", "0000:00", "02")]
    [InlineData("30000000.pci", "0000:20", "20/02")]
    public async Task FindBlock_RootBusBelowAPlatformDevice_IsFound(string platform, string bus, string path)
    {
        using var fake = new FakeSysfs();
        fake.Disk($"devices/platform/{platform}/pci{bus}/{bus}:02.0", "vda", 254, 0);

        Assert.Equal("/dev/vda", (await fake.Devices().FindBlockAsync(PciPath.Parse(path), Token)).Path);
    }

    [Fact]
    public async Task FindBlock_OtherRootBus_IsNotMistakenForTheFirst()
    {
        _fake.Disk($"{Root}/0000:00:02.0", "vda", 254, 0)
            .Directory("devices/pci0000:20/0000:20:02.0/pci_bus/0000:21").Disk("devices/pci0000:20/0000:20:02.0/0000:21:00.0", "vdb", 254, 16)
            .Disk("devices/pci0001:00/0001:00:02.0", "vdc", 254, 32);

        Assert.Equal("/dev/vda", (await _fake.Devices().FindBlockAsync(PciPath.Parse("02"), Token)).Path);
        Assert.Equal("/dev/vdb", (await _fake.Devices().FindBlockAsync(PciPath.Parse("20/02/00"), Token)).Path);
        Assert.Equal("/dev/vdc", (await _fake.Devices().FindBlockAsync(PciPath.Parse("0001:00/02"), Token)).Path);
        KataException none = await Assert.ThrowsAsync<KataException>(() => _fake.Devices().FindBlockAsync(PciPath.Parse("30/02"), Token));
        Assert.Contains("the guest has no PCI root bus 0000:30", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindBlock_DeviceComesLater_IsFound()
    {
        Task<DeviceNode> found = _fake.Devices(TimeSpan.FromSeconds(30)).FindBlockAsync(PciPath.Parse("02"), Token);

        _fake.Disk($"{Root}/0000:00:02.0", "vda", 254, 0);

        Assert.Equal("/dev/vda", (await found).Path);
    }

    [Fact]
    public async Task FindBlock_NeverComes_SaysWhatWasWaitedForAndWhatIsMissing()
    {
        KataException nothing = await Assert.ThrowsAsync<KataException>(() => _fake.Devices().FindBlockAsync(PciPath.Parse("02/01"), Token));
        _fake.Directory($"{Root}/0000:00:02.0");
        KataException noBridge = await Assert.ThrowsAsync<KataException>(() => _fake.Devices().FindBlockAsync(PciPath.Parse("02/01"), Token));
        KataException noDriver = await Assert.ThrowsAsync<KataException>(() => _fake.Devices().FindBlockAsync(PciPath.Parse("02"), Token));

        Assert.Equal(ErrorCode.DeadlineExceeded, nothing.Code);
        Assert.StartsWith("block device at PCI path 02/01 did not appear within 0.05 s: there is no PCI device 0000:00:02.0", nothing.Message, StringComparison.Ordinal);
        Assert.Contains("agent.hotplug_timeout", nothing.Message, StringComparison.Ordinal);
        Assert.Contains("0000:00:02.0 is no bridge", noBridge.Message, StringComparison.Ordinal);
        Assert.Contains("no virtio driver", noDriver.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindBlock_NodeIsAnotherDevice_IsNotTaken()
    {
        _fake.Disk($"{Root}/0000:00:02.0", "vda", 254, 0).Node("/dev/vda", FileKind.BlockDevice, 254, 16);

        KataException error = await Assert.ThrowsAsync<KataException>(() => _fake.Devices().FindBlockAsync(PciPath.Parse("02"), Token));

        Assert.Contains("vda has no node in /dev", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("254")]
    [InlineData("254:x")]
    [InlineData("99999999999:1")]
    [InlineData("")]
    public async Task FindBlock_NumberIsGarbage_IsNotTaken(string content)
    {
        _fake.Disk($"{Root}/0000:00:02.0", "vda", 254, 0).File($"{Root}/0000:00:02.0/virtio3/block/vda/dev", content);

        await Assert.ThrowsAsync<KataException>(() => _fake.Devices().FindBlockAsync(PciPath.Parse("02"), Token));
    }

    [Fact]
    public async Task FindBlock_UnpluggedAndReplaced_IsTheNewOne()
    {
        _fake.Disk($"{Root}/0000:00:02.0", "vda", 254, 0);
        GuestDevices devices = _fake.Devices();
        await devices.FindBlockAsync(PciPath.Parse("02"), Token);

        Directory.Delete(_fake.Full($"{Root}/0000:00:02.0"), recursive: true);
        await Assert.ThrowsAsync<KataException>(() => devices.FindBlockAsync(PciPath.Parse("02"), Token));
        _fake.Disk($"{Root}/0000:00:02.0", "vdb", 254, 16);

        Assert.Equal("/dev/vdb", (await devices.FindBlockAsync(PciPath.Parse("02"), Token)).Path);
    }

    [Fact]
    public async Task FindScsi_AsksEachHostOnceAndFindsTheDisk()
    {
        _fake.File("class/scsi_host/host0/scan").File("class/scsi_host/host1/scan").File("class/scsi_device/1:0:2:5/device/block/sda/dev", "8:0\n")
            .Node("/dev/sda", FileKind.BlockDevice, 8, 0);

        DeviceNode disk = await _fake.Devices().FindBlockAsync(ScsiAddress.Parse("2:5"), Token);

        Assert.Equal("/dev/sda", disk.Path);
        Assert.Equal("0 2 5", _fake.Read("class/scsi_host/host0/scan"));
        Assert.Equal("0 2 5", _fake.Read("class/scsi_host/host1/scan"));
    }

    [Fact]
    public async Task FindScsi_OtherAddressesWithTheSameEnd_AreNotTaken()
    {
        _fake.File("class/scsi_host/host0/scan").File("class/scsi_device/0:0:12:5/device/block/sda/dev", "8:0\n").Node("/dev/sda", FileKind.BlockDevice, 8, 0);

        KataException error = await Assert.ThrowsAsync<KataException>(() => _fake.Devices().FindBlockAsync(ScsiAddress.Parse("2:5"), Token));

        Assert.Contains("none of the guest's 1 SCSI hosts has it", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/vdb", true)]
    [InlineData("/dev/../etc/passwd", false)]
    [InlineData("/dev/", false)]
    [InlineData("/dev/a/b", false)]
    [InlineData("vdb", false)]
    public async Task FindByNode_OnlyDirectlyBelowDev_IsAccepted(string node, bool accepted)
    {
        _fake.Disk("devices/virtio-mmio-cmdline/virtio-mmio.0", "vdb", 254, 16);

        if (accepted)
        {
            Assert.Equal(node, (await _fake.Devices().FindBlockAsync(node, Token)).Path);
        }
        else
        {
            Assert.Equal(ErrorCode.InvalidArgument, (await Assert.ThrowsAsync<KataException>(() => _fake.Devices().FindBlockAsync(node, Token))).Code);
        }
    }

    [Fact]
    public async Task FindBySerial_ExactSerial_IsFound()
    {
        _fake.Disk($"{Root}/0000:00:02.0", "vda", 254, 0).File("block/vda/serial", "drive-12").Disk($"{Root}/0000:00:03.0", "vdb", 254, 16)
            .File("block/vdb/serial", "drive-1");

        Assert.Equal("/dev/vdb", (await _fake.Devices().FindBlockBySerialAsync("drive-1", Token)).Path);
        await Assert.ThrowsAsync<KataException>(() => _fake.Devices().FindBlockBySerialAsync("drive", Token));
    }

    [Fact]
    public void Sysfs_HostileNames_AreNotListed()
    {
        _fake.Directory("d/good-1.2:3").Directory("d/with space").Directory("d/.hidden").Directory("d/ünicode").Directory("d/" + new string('a', 65));

        Assert.Equal(["good-1.2:3"], _fake.Sysfs.List("d"));
        Assert.Throws<KataException>(() => _fake.Sysfs.Read("../x"));
    }
}
