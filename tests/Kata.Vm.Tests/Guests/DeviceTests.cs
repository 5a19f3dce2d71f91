using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Kata.Testing.Commands;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Vm.Tests.Guests;

/// <summary>Devices that a real QEMU plugs into a running guest, as storages and as devices of containers.</summary>
public sealed class DeviceTests(DeviceVm guest) : IClassFixture<DeviceVm>
{
    private const string Shared = "/run/kata-containers/shared/containers";
    private static readonly Dictionary<string, object> Virtio = new() { ["driver"] = "virtio-blk-pci" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentVm Vm => guest.Vm;

    [Fact]
    public async Task Details_Handlers_AreListed()
    {
        GuestDetailsResponse details = await Vm.Agent.GetGuestDetailsAsync(new GuestDetailsRequest(), cancellationToken: Token);

        Assert.Superset(
            new HashSet<string>(["blk", "scsi", "nvdimm", "9p", "virtio-fs", "ephemeral", "local", "overlayfs", "watchable-bind"]), details.AgentDetails.StorageHandlers.ToHashSet());
        Assert.Superset(new HashSet<string>(["blk", "scsi", "nvdimm", "mmioblk", "vfio-pci", "vfio-pci-gk"]), details.AgentDetails.DeviceHandlers.ToHashSet());
    }

    [Fact]
    public async Task BlockStorage_PluggedBeforeAndAfterTheRequest_IsMountedAndCanBeUnplugged()
    {
        string first = await guest.MakeFileSystemAsync("disk1", 8, "first");
        string second = await guest.MakeFileSystemAsync("disk2", 8, "second");

        await Vm.Qmp.AddDiskAsync("d1", first, new(OnPort("rp0")) { ["serial"] = "my-disk" });
        ContainerRun before = await ReadAsync("blk1", Block("10/00"));
        ContainerRun bySerial = await ReadAsync("blk1s", Block("serial=my-disk"));
        await Vm.Qmp.RemoveAsync("d1");
        Task<ContainerRun> waiting = ReadAsync("blk2", Block("10/00"));
        await Vm.Qmp.AddDiskAsync("d2", second, OnPort("rp0"));
        ContainerRun after = await waiting;
        await Vm.Qmp.RemoveAsync("d2");

        Assert.Equal(("first", "first", "second"), (before.Output, bySerial.Output, after.Output));
    }

    [Fact]
    public async Task BlockDevice_HostNumbers_BecomeTheGuestsAndOnlyThatDiskIsReachable()
    {
        await Vm.Qmp.AddDiskAsync("d3", Vm.MakeDisk("raw3", 2, "mine"u8), OnPort("rp1"));
        await Vm.Qmp.AddDiskAsync("d4", Vm.MakeDisk("raw4", 2, "other"u8), OnPort("rp2"));
        const string script = """
            until [ $(ls -d /sys/block/vd* | wc -l) -ge 2 ]; do sleep 0.05; done
            head -c 4 /dev/xda; stat -c ' %t' /dev/xda
            for d in /sys/block/vd*; do
              IFS=: read major minor < $d/dev
              mknod /dev/n b $major $minor; head -c 4 /dev/n; rm /dev/n
            done
            """;
        CreateContainerRequest request = NewRequest("dev1", "sh", "-c", script);
        request.OCI.Linux.Devices.Add(new LinuxDevice { Path = "/dev/xda", Type = "b", Major = 8, Minor = 0 });
        request.Devices.Add(new Device { Type = "blk", Id = "11/00", ContainerPath = "/dev/xda" });

        ContainerRun run = await Vm.Containers.RunAsync(request);
        await Vm.Qmp.RemoveAsync("d3");
        await Vm.Qmp.RemoveAsync("d4");

        Assert.Equal("mine fe\nmine", run.Output);
        Assert.Contains("Operation not permitted", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScsiStorageAndDevice_ByAddress_AreFound()
    {
        string image = await guest.MakeFileSystemAsync("scsi", 8, "on scsi");
        var place = new Dictionary<string, object> { ["driver"] = "scsi-hd", ["bus"] = "scsi0.0", ["scsi-id"] = 3, ["lun"] = 2 };

        await Vm.Qmp.AddDiskAsync("s1", image, place);
        ContainerRun mounted = await ReadAsync("scsi1", new StorageRequest { Driver = "scsi", Source = "3:2", Fstype = "ext4", MountPoint = Shared + "/scsi1" });
        CreateContainerRequest request = NewRequest("scsi2", "sh", "-c", "stat -c '%t' /dev/xda; head -c 100 /dev/xda | wc -c");
        request.OCI.Linux.Devices.Add(new LinuxDevice { Path = "/dev/xda", Type = "b", Major = 254, Minor = 0 });
        request.Devices.Add(new Device { Type = "scsi", Id = "3:2", ContainerPath = "/dev/xda" });
        ContainerRun device = await Vm.Containers.RunAsync(request);
        await Vm.Qmp.RemoveAsync("s1");

        Assert.Equal("on scsi", mounted.Output);
        Assert.Equal("8\n100\n", device.Output);
    }

    [Fact]
    public async Task NvdimmStorage_ByNode_IsMounted()
    {
        ContainerRun run = await ReadAsync("pmem1", new StorageRequest { Driver = "nvdimm", Source = "/dev/pmem0", Fstype = "ext4", MountPoint = Shared + "/pmem1" });

        Assert.Equal("from pmem", run.Output);
    }

    [Fact]
    public async Task NinePStorage_ByTag_IsSharedWithTheHost()
    {
        File.WriteAllText(Path.Combine(guest.Share, "hello"), "from the host");
        var share = new StorageRequest
        {
            Driver = "9p",
            Source = "kataShared",
            Fstype = "9p",
            MountPoint = Shared + "/share",
            Options = { "trans=virtio,version=9p2000.L,cache=mmap", "nodev", "msize=262144" },
        };

        ContainerRun run = await ReadAsync("share1", share);

        Assert.Equal("from the host", run.Output);
    }

    [Fact]
    public async Task NinePStorage_PluggedAfterTheRequest_IsWaitedFor()
    {
        File.WriteAllText(Path.Combine(guest.Share, "hello"), "came late");
        var share = new StorageRequest
        {
            Driver = "9p",
            Source = "lateShare",
            Fstype = "9p",
            MountPoint = Shared + "/late",
            Options = { "trans=virtio,version=9p2000.L", "nodev" },
        };

        Task<ContainerRun> waiting = ReadAsync("late1", share);
        await Vm.Qmp.ExecuteAsync("device_add", new Dictionary<string, object>
        {
            ["driver"] = "virtio-9p-pci",
            ["disable-legacy"] = "on",
            ["bus"] = "rp2",
            ["id"] = "late",
            ["fsdev"] = "fs1",
            ["mount_tag"] = "lateShare",
        });

        Assert.Equal("came late", (await waiting).Output);
        await Vm.Qmp.RemoveAsync("late");
    }

    [Fact]
    public async Task StaleShareMounts_HostTookTheDirectoryAway_AreUnmounted()
    {
        Directory.CreateDirectory(Path.Combine(guest.Share, "gone"));
        var share = new StorageRequest { Driver = "9p", Source = "kataShared", Fstype = "9p", MountPoint = Shared, Options = { "trans=virtio,version=9p2000.L", "nodev" } };
        var bound = new StorageRequest { Driver = "bind", Source = Shared + "/gone", MountPoint = Shared + "/stale" };
        CreateContainerRequest request = NewRequest("stale1", "sleep", "1000");
        request.Storages.AddRange([share, bound]);
        GuestContainers.AddBind(request.OCI, "/proc", "/hostproc", "rbind");
        async Task<string> MountsAsync(string exec) => (await Vm.Containers.ExecAsync("stale1", exec, "grep", "-o", Shared + "[a-z/]*", "/hostproc/1/mountinfo")).Output;

        await Vm.Containers.StartAsync(request);
        await Vm.Agent.RemoveStaleVirtiofsShareMountsAsync(new RemoveStaleVirtiofsShareMountsRequest(), cancellationToken: Token);
        string before = await MountsAsync("e1");
        Directory.Delete(Path.Combine(guest.Share, "gone"));
        await Vm.Agent.RemoveStaleVirtiofsShareMountsAsync(new RemoveStaleVirtiofsShareMountsRequest(), cancellationToken: Token);
        string after = await MountsAsync("e2");
        await Vm.Containers.RemoveAsync("stale1");

        Assert.Contains(Shared + "/stale", before, StringComparison.Ordinal);
        Assert.DoesNotContain(Shared + "/stale", after, StringComparison.Ordinal);
        Assert.Contains(Shared, after, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watchable_SourceOnA9pShare_FollowsTheHost()
    {
        string source = Directory.CreateDirectory(Path.Combine(guest.Share, "config")).FullName;
        File.WriteAllText(Path.Combine(source, "key"), "old");
        var share = new StorageRequest { Driver = "9p", Source = "kataShared", Fstype = "9p", MountPoint = Shared, Options = { "trans=virtio,version=9p2000.L", "nodev" } };
        var volume = new StorageRequest { Driver = "watchable-bind", Source = Shared + "/config", Fstype = "bind", MountPoint = Shared + "/watchable/config", Options = { "bind", "ro" } };
        CreateContainerRequest request = NewRequest("watch1", "sh", "-c", "until grep -q new /data/key; do sleep 0.1; done; cat /data/key");
        request.Storages.AddRange([share, volume]);
        GuestContainers.AddBind(request.OCI, volume.MountPoint, "/data", "ro");

        Task<ContainerRun> running = Vm.Containers.RunAsync(request);
        await File.WriteAllTextAsync(Path.Combine(source, "key.new"), "new", Token);
        File.Move(Path.Combine(source, "key.new"), Path.Combine(source, "key"), overwrite: true);

        Assert.Equal("new", (await running).Output);
    }

    [Fact]
    public async Task HugePages_Volume_TakesPagesAndGivesThemBack()
    {
        var volume = new StorageRequest
        {
            Driver = "ephemeral",
            Source = "nodev",
            Fstype = "hugetlbfs",
            MountPoint = "/run/kata-containers/shared/huge",
            Options = { "pagesize=2M,size=8388608" },
        };
        CreateContainerRequest request = NewRequest("huge1", "sh", "-c", "cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages; grep -c 'hugetlbfs.*pagesize=2M,size=8388608' /proc/mounts");
        request.Storages.Add(volume);
        GuestContainers.AddBind(request.OCI, volume.MountPoint, "/data");

        ContainerRun run = await Vm.Containers.RunAsync(request);
        volume.Options[0] = "pagesize=2M,size=4G";
        RpcException tooMuch = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(request));
        ContainerRun after = await Vm.Containers.RunAsync(NewRequest("huge2", "cat", "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"));

        Assert.Equal("4\n1\n", run.Output);
        Assert.Equal(StatusCode.ResourceExhausted, tooMuch.StatusCode);
        Assert.Equal("0\n", after.Output);
    }

    [Fact]
    public async Task UpdateEphemeralMounts_RunningContainer_GetsTheSpaceAndKeepsWhatItHas()
    {
        var volume = new StorageRequest { Driver = "ephemeral", Source = "tmpfs", Fstype = "tmpfs", MountPoint = Shared + "/memory", Options = { "size=64k" } };
        CreateContainerRequest request = NewRequest("upd1", "sh", "-c", "head -c 100000 /dev/zero >/data/f 2>/dev/null || wc -c </data/f; read go; head -c 100000 /dev/zero >/data/f && wc -c </data/f; read go");
        request.Storages.Add(volume);
        GuestContainers.AddBind(request.OCI, volume.MountPoint, "/data");
        async Task<string> ReadAsync() => (await Vm.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = "upd1", Len = 100 }, cancellationToken: Token)).Data.ToStringUtf8();
        async Task UpdateAsync(string size) => await Vm.Agent.UpdateEphemeralMountsAsync(
            new UpdateEphemeralMountsRequest { Storages = { new StorageRequest(volume) { Options = { size } } } }, cancellationToken: Token);

        await Vm.Containers.StartAsync(request);
        string before = await ReadAsync();
        volume.Options.Clear();
        await UpdateAsync("size=1m");
        await Vm.Agent.WriteStdinAsync(new WriteStreamRequest { ContainerId = "upd1", Data = Google.Protobuf.ByteString.CopyFromUtf8("go\n") }, cancellationToken: Token);
        string after = await ReadAsync();
        RpcException tooSmall = await Assert.ThrowsAsync<RpcException>(() => UpdateAsync("size=8k"));
        ContainerRun kept = await Vm.Containers.ExecAsync("upd1", "look", "sh", "-c", "wc -c </data/f; grep -o ' /data .*size=1024k' /proc/mounts | grep -o size=.*");
        await Vm.Containers.RemoveAsync("upd1");

        Assert.Equal(("65536\n", "100000\n", "100000\nsize=1024k\n"), (before, after, kept.Output));
        Assert.Equal(StatusCode.InvalidArgument, tooSmall.StatusCode);
    }

    [Fact]
    public async Task BlockStorage_WithAGroup_IsTheGroupsAndThatOfAReadOnlyOneStays()
    {
        await Vm.Qmp.AddDiskAsync("grp", await guest.MakeFileSystemAsync("group", 8, "shared"), OnPort("rp1"));
        async Task<string> StatAsync(string id, params string[] options)
        {
            CreateContainerRequest request = NewRequest(id, "stat", "-c", "%g %a", "/data", "/data/hello");
            var storage = new StorageRequest(Block("11/00")) { FsGroup = new FSGroup { GroupId = 77 }, Options = { options } };
            request.Storages.Add(storage);
            GuestContainers.AddBind(request.OCI, storage.MountPoint, "/data");
            return (await Vm.Containers.RunAsync(request)).Output;
        }

        string readOnly = await StatAsync("grp1", "ro");
        string writable = await StatAsync("grp2");
        await Vm.Qmp.RemoveAsync("grp");

        Assert.Equal("0 755\n0 644\n", readOnly);
        Assert.Equal("77 2775\n77 664\n", writable);
    }

    [Fact]
    public async Task AddSwap_PluggedDisk_IsUsed()
    {
        string image = Vm.MakeDisk("swap", 16);
        (await Command.RunAsync("mkswap", [image], options: null, TestContext.Current.CancellationToken)).EnsureSuccess();
        await Vm.Qmp.AddDiskAsync("sw", image, OnPort("rp3"));

        await Vm.Agent.AddSwapAsync(new AddSwapRequest { PCIPath = { 0x13, 0 } }, cancellationToken: Token);
        RpcException again = await Assert.ThrowsAsync<RpcException>(async () => await Vm.Agent.AddSwapAsync(new AddSwapRequest { PCIPath = { 0x13, 0 } }, cancellationToken: Token));
        ContainerRun swaps = await Vm.Containers.RunAsync(NewRequest("swap1", "cat", "/proc/swaps"));

        Assert.Equal(StatusCode.AlreadyExists, again.StatusCode);
        Assert.Contains("partition", swaps.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vfio_GuestWithoutAnIommu_SaysSoAndTheDeviceStays()
    {
        CreateContainerRequest request = NewRequest("vfio1", "true");
        request.OCI.Linux.Devices.Add(new LinuxDevice { Path = "/dev/vfio/47", Type = "c", Major = 511, Minor = 47 });
        request.Devices.Add(new Device { Type = "vfio-pci", Id = "47", ContainerPath = "/dev/vfio/47", Options = { "0000:1a:00.0=08" } });

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(request));
        ContainerRun run = await Vm.Containers.RunAsync(NewRequest("vfio2", "readlink", "/sys/bus/pci/devices/0000:00:08.0/driver"));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("0000:00:08.0 is in no IOMMU group: the guest needs an IOMMU", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("../../../bus/pci/drivers/virtio-pci\n", run.Output);
    }

    private static StorageRequest Block(string path) => new() { Driver = "blk", Source = path, Fstype = "ext4", MountPoint = Shared + "/disk" };

    private static Dictionary<string, object> OnPort(string port) => new(Virtio) { ["bus"] = port, ["disable-legacy"] = "on" };

    private CreateContainerRequest NewRequest(string id, params string[] args) =>
        new() { ContainerId = id, ExecId = id, OCI = Vm.Containers.NewSpec(id, args) };

    private Task<ContainerRun> ReadAsync(string id, StorageRequest storage)
    {
        CreateContainerRequest request = NewRequest(id, "cat", "/data/hello");
        request.Storages.Add(storage);
        GuestContainers.AddBind(request.OCI, storage.MountPoint, "/data");
        return Vm.Containers.RunAsync(request);
    }
}
