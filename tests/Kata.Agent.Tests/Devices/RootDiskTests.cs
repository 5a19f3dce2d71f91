using Kata.Agent.Devices;
using Kata.Linux.Paths;

namespace Kata.Agent.Tests.Devices;

public sealed class RootDiskTests
{
    private const string Disk = "devices/pci0000:00/0000:00:02.0/virtio0/block/vda";

    [Fact]
    public void Find_RootIsAPartition_IncludesTheDiskAndItsOtherPartitions()
    {
        using FakeSysfs fake = Partitioned();

        Assert.Equal(["254:0", "254:1", "254:2"], Sorted(RootDisk.Find(fake.Sysfs, new DeviceNumber(254, 1))));
    }

    [Fact]
    public void Find_RootIsVerity_IncludesWhatIsBelow()
    {
        using FakeSysfs fake = Partitioned();
        fake.File("devices/virtual/block/dm-0/dev", "252:0\n").Link("dev/block/252:0", "devices/virtual/block/dm-0")
            .Link("devices/virtual/block/dm-0/slaves/vda1", $"{Disk}/vda1").Link($"{Disk}/vda1/holders/dm-0", "devices/virtual/block/dm-0");

        Assert.Equal(["252:0", "254:0", "254:1", "254:2"], Sorted(RootDisk.Find(fake.Sysfs, new DeviceNumber(252, 0))));
        Assert.Equal(["252:0", "254:0", "254:1", "254:2"], Sorted(RootDisk.Find(fake.Sysfs, new DeviceNumber(254, 1))));
    }

    [Fact]
    public void Find_RootInMemory_IsNothing()
    {
        using FakeSysfs fake = Partitioned();

        Assert.Empty(RootDisk.Find(fake.Sysfs, new DeviceNumber(0, 2)));
    }

    [Fact]
    public void Find_SysfsKnowsNothing_IsTheDeviceAlone()
    {
        using var fake = new FakeSysfs();

        Assert.Equal(["254:1"], Sorted(RootDisk.Find(fake.Sysfs, new DeviceNumber(254, 1))));
    }

    private static FakeSysfs Partitioned() => new FakeSysfs().File($"{Disk}/dev", "254:0\n").File($"{Disk}/vda1/dev", "254:1\n").File($"{Disk}/vda1/partition", "1\n")
        .File($"{Disk}/vda2/dev", "254:2\n").File($"{Disk}/vda2/partition", "2\n").Directory($"{Disk}/queue")
        .Link("dev/block/254:0", Disk).Link("dev/block/254:1", $"{Disk}/vda1");

    private static string[] Sorted(IEnumerable<DeviceNumber> numbers) => [.. numbers.Select(n => n.ToString()).Order(StringComparer.Ordinal)];
}
