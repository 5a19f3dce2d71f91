using Kata.Agent.Devices;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Tests.Devices;

public sealed class GuestDisksTests
{
    private const string Disk = "devices/pci0000:00/0000:00:02.0/virtio0/block/vda";

    [Fact]
    public void Find_RootIsAPartition_IncludesTheDiskAndItsOtherPartitions()
    {
        using FakeSysfs fake = Partitioned();

        Assert.Equal(["254:0", "254:1", "254:2"], Blocks(fake, new DeviceNumber(254, 1)));
    }

    [Fact]
    public void Find_RootIsVerity_IncludesWhatIsBelow()
    {
        using FakeSysfs fake = Partitioned();
        fake.File("devices/virtual/block/dm-0/dev", "252:0\n").Link("dev/block/252:0", "devices/virtual/block/dm-0")
            .Link("devices/virtual/block/dm-0/slaves/vda1", $"{Disk}/vda1").Link($"{Disk}/vda1/holders/dm-0", "devices/virtual/block/dm-0");

        Assert.Equal(["252:0", "254:0", "254:1", "254:2"], Blocks(fake, new DeviceNumber(252, 0)));
        Assert.Equal(["252:0", "254:0", "254:1", "254:2"], Blocks(fake, new DeviceNumber(254, 1)));
    }

    [Fact]
    public void Find_RootInMemory_IsNothing()
    {
        using FakeSysfs fake = Partitioned();

        Assert.True(GuestDisks.Find(fake.Sysfs, [new DeviceNumber(0, 2)]).IsEmpty);
    }

    [Fact]
    public void Find_SysfsKnowsNothing_IsTheDeviceAlone()
    {
        using var fake = new FakeSysfs();

        Assert.Equal(["254:1"], Blocks(fake, new DeviceNumber(254, 1)));
    }

    [Fact]
    public void InUse_BelowAnOverlay_IsFoundAndTheRestIsNot()
    {
        using FakeSysfs fake = Partitioned();
        fake.Link("class/block/vda", Disk).Link("class/block/vda1", $"{Disk}/vda1").File("devices/vdb/dev", "254:16\n").Link("class/block/vdb", "devices/vdb");

        DeviceNumber[] used = [.. GuestDisks.InUse(fake.Sysfs, node => node == "/dev/vda1")];

        Assert.Equal([new DeviceNumber(254, 1)], used);
        Assert.Equal(["254:0", "254:1", "254:2"], Blocks(fake, [new DeviceNumber(0, 30), .. used]));
    }

    [Fact]
    public void Find_PassThroughNodes_AreFoundBesideTheDisk()
    {
        const string scsi = "devices/scsi/block/sda";
        const string nvme = "devices/nvme/nvme0/nvme0n1";
        using var fake = new FakeSysfs();
        fake.File($"{scsi}/dev", "8:0\n").Link("dev/block/8:0", scsi).File($"{scsi}/device/scsi_generic/sg0/dev", "21:0\n").File($"{scsi}/device/bsg/0:0:0:0/dev", "246:0\n")
            .File($"{nvme}/dev", "259:0\n").Link("dev/block/259:0", nvme).File($"{nvme}/device/dev", "245:0\n").File($"{nvme}/device/ng0n1/dev", "244:0\n");

        GuestDisks disks = GuestDisks.Find(fake.Sysfs, [new DeviceNumber(8, 0), new DeviceNumber(259, 0)]);

        Assert.Equal(["259:0", "8:0"], Sorted(disks.Blocks));
        Assert.Equal(["21:0", "244:0", "245:0", "246:0"], Sorted(disks.Characters));
    }

    [Fact]
    public void Find_VeryMany_IsAnErrorAndNotAGap()
    {
        using FakeSysfs fake = Partitioned();
        for (int i = 0; i < 600; i++)
        {
            fake.File($"{Disk}/vda{i}/dev", $"259:{i}\n").File($"{Disk}/vda{i}/partition", "1\n");
        }

        Assert.Equal(ErrorCode.ResourceExhausted, Assert.Throws<KataException>(() => Blocks(fake, new DeviceNumber(254, 1))).Code);
    }

    private static FakeSysfs Partitioned() => new FakeSysfs().File($"{Disk}/dev", "254:0\n").File($"{Disk}/vda1/dev", "254:1\n").File($"{Disk}/vda1/partition", "1\n")
        .File($"{Disk}/vda2/dev", "254:2\n").File($"{Disk}/vda2/partition", "2\n").Directory($"{Disk}/queue")
        .Link("dev/block/254:0", Disk).Link("dev/block/254:1", $"{Disk}/vda1");

    private static string[] Blocks(FakeSysfs fake, params DeviceNumber[] roots) => Sorted(GuestDisks.Find(fake.Sysfs, roots).Blocks);

    private static string[] Sorted(IEnumerable<DeviceNumber> numbers) => [.. numbers.Select(n => n.ToString()).Order(StringComparer.Ordinal)];
}
