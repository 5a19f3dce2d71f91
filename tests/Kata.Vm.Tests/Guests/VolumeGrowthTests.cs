using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;
using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Guests;

/// <summary>Volumes whose disks QEMU makes larger while a container uses them.</summary>
public sealed class VolumeGrowthTests(GrowthVm guest) : IClassFixture<GrowthVm>
{
    private const string Root = "/run/kata-containers/sandbox/storage/";
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentVm Vm => guest.Vm;

    [Theory]
    [InlineData("ext4", "virtio-blk-pci")]
    [InlineData("xfs", "virtio-blk-pci")]
    [InlineData("ext4", "scsi-hd")] // the guest's kernel does not look for a new size by itself
    [InlineData("xfs", "scsi-hd")]
    public async Task ResizeVolume_DiskGrowsWhileItIsUsed_FileSystemGrowsToItAndNoFurther(string type, string driver)
    {
        bool isScsi = driver == "scsi-hd";
        string id = type + (isScsi ? "-scsi" : "-virtio");
        string path = Root + id;
        string disk = Vm.MakeDisk(id, 32);
        (await Command.RunAsync("mkfs." + type, [.. type == "xfs" ? ["--unsupported", "-q"] : (string[])["-q"], disk], null, Token)).EnsureSuccess();
        await Vm.Qmp.AddDiskAsync(id, disk, new() { ["driver"] = driver, ["bus"] = isScsi ? "scsi0.0" : "rp0" });
        var volume = new Storage { Driver = isScsi ? "scsi" : "blk", Source = isScsi ? "0:0" : "10/00", Fstype = type, MountPoint = path };
        var request = new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = Vm.Containers.NewSpec(id, "sh", "-c", "exec >>/data/log; while usleep 1000; do echo line; done"), Storages = { volume } };
        GuestContainers.AddBind(request.OCI, path, "/data");
        await Vm.Containers.StartAsync(request);
        ulong before = await TotalAsync(path);

        await Vm.Qmp.ExecuteAsync("block_resize", new Dictionary<string, object> { ["node-name"] = "node-" + id, ["size"] = 96 << 20 });
        await ResizeAsync(path, 96 << 20);

        Assert.InRange(before, 12UL << 20, 32UL << 20);
        Assert.InRange(await TotalAsync(path), before + (50UL << 20), 96UL << 20);
        ContainerRun fill = await Vm.Containers.ExecAsync(id, "fill", "sh", "-c", "dd if=/dev/zero of=/data/big bs=1M count=50 2>/dev/null && grep -vc '^line$' /data/log");
        Assert.Equal("0\n", fill.Output);
        await ResizeAsync(path, 96 << 20); // once more changes nothing
        Assert.Equal(StatusCode.InvalidArgument, (await FailAsync(path, 8 << 20)).StatusCode);
        await Vm.Containers.RemoveAsync(id);
        await Vm.Qmp.RemoveAsync(id);
    }

    [Fact]
    public async Task ResizeVolume_MoreThanTheDiskHas_SaysHowMuchThatIs()
    {
        string disk = Vm.MakeDisk("small", 32);
        (await Command.RunAsync("mkfs.xfs", ["--unsupported", "-q", disk], null, Token)).EnsureSuccess();
        await Vm.Qmp.AddDiskAsync("small", disk, new() { ["driver"] = "virtio-blk-pci", ["bus"] = "rp1" });
        var volume = new Storage { Driver = "blk", Source = "11/00", Fstype = "xfs", MountPoint = Root + "small" };
        await Vm.Containers.StartAsync(new CreateContainerRequest { ContainerId = "small", ExecId = "small", OCI = Vm.Containers.NewSpec("small", "sleep", "1000"), Storages = { volume } });

        RpcException tooMuch = await FailAsync(volume.MountPoint, 200 << 20);
        await Vm.Containers.RemoveAsync("small");
        await Vm.Qmp.RemoveAsync("small");

        Assert.Equal(StatusCode.ResourceExhausted, tooMuch.StatusCode);
        Assert.Matches($"its device vd[a-z] has {32 << 20}$", tooMuch.Status.Detail);
    }

    [Fact]
    public async Task ResizeVolume_WhatCannotGrow_IsNamed()
    {
        RpcException memory = await FailAsync("/run/kata-containers/sandbox", 1 << 30);
        RpcException share = await FailAsync(GrowthVm.Share, 1UL << 40);

        Assert.Equal((StatusCode.Unimplemented, StatusCode.Unimplemented), (memory.StatusCode, share.StatusCode));
        Assert.Contains("is on tmpfs, and this agent can only grow ext4 and XFS; UpdateEphemeralMounts", memory.Status.Detail, StringComparison.Ordinal);
        Assert.EndsWith("is on 9p, and this agent can only grow ext4 and XFS", share.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.InvalidArgument, (await FailAsync("/", 1 << 30)).StatusCode);
        Assert.Equal(StatusCode.NotFound, (await FailAsync(Root + "none", 1 << 30)).StatusCode);
        Assert.NotEqual(0UL, await TotalAsync(GrowthVm.Share));
    }

    private async Task ResizeAsync(string path, ulong size) =>
        await Vm.Agent.ResizeVolumeAsync(new ResizeVolumeRequest { VolumeGuestPath = path, Size = size }, cancellationToken: Token);

    private Task<RpcException> FailAsync(string path, ulong size) => Assert.ThrowsAsync<RpcException>(() => ResizeAsync(path, size));

    private async Task<ulong> TotalAsync(string path) =>
        (await Vm.Agent.GetVolumeStatsAsync(new VolumeStatsRequest { VolumeGuestPath = path }, cancellationToken: Token)).Usage[0].Total;
}
