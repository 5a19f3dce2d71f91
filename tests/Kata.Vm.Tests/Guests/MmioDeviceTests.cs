using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Kata.Testing.Commands;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Vm.Tests.Guests;

/// <summary>Disks on virtio-mmio, as machines without PCI have them: known by their node alone.</summary>
public sealed class MmioDeviceTests
{
    private const string Shared = "/run/kata-containers/shared/containers";

    [Fact]
    public async Task Disk_OnVirtioMmio_IsAStorageAndADevice()
    {
        await using var vm = new AgentVm { Microvm = true };
        string tree = Directory.CreateDirectory(Path.Combine(vm.HostDirectory, "tree")).FullName;
        File.WriteAllText(Path.Combine(tree, "hello"), "on mmio");
        string image = vm.MakeDisk("disk", 8);
        (await Command.RunAsync("mkfs.ext4", ["-q", "-F", "-d", tree, image], options: null, TestContext.Current.CancellationToken)).EnsureSuccess();
        foreach (string argument in (string[])["-drive", $"file={image},if=none,id=d0,format=raw", "-device", "virtio-blk-device,drive=d0"])
        {
            vm.Arguments.Add(argument);
        }

        await vm.BootAsync();
        var storage = new StorageRequest { Driver = "mmioblk", Source = "/dev/vda", Fstype = "ext4", MountPoint = Shared + "/disk" };
        CreateContainerRequest mounted = NewRequest(vm, "mmio1", "cat", "/data/hello");
        mounted.Storages.Add(storage);
        GuestContainers.AddBind(mounted.OCI, storage.MountPoint, "/data");
        CreateContainerRequest device = NewRequest(vm, "mmio2", "stat", "-c", "%t:%T", "/dev/xda");
        device.OCI.Linux.Devices.Add(new LinuxDevice { Path = "/dev/xda", Type = "b", Major = 8, Minor = 48 });
        device.Devices.Add(new Device { Type = "mmioblk", VmPath = "/dev/vda", ContainerPath = "/dev/xda" });
        storage = storage.Clone();
        storage.Source = "/dev/vdb";
        CreateContainerRequest absent = NewRequest(vm, "mmio3", "true");
        absent.Storages.Add(storage);

        Assert.Equal("on mmio", (await vm.Containers.RunAsync(mounted)).Output);
        Assert.Equal("fe:0\n", (await vm.Containers.RunAsync(device)).Output);
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => vm.Containers.RunAsync(absent));
        Assert.StartsWith("block device /dev/vdb did not appear within 3 s: the guest has no block device vdb", error.Status.Detail, StringComparison.Ordinal);
    }

    private static CreateContainerRequest NewRequest(AgentVm vm, string id, params string[] args) =>
        new() { ContainerId = id, ExecId = id, OCI = vm.Containers.NewSpec(id, args) };
}
