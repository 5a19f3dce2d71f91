using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Guests;

/// <summary>A volume that becomes larger while it is mounted.</summary>
public sealed class VolumeGrowthTests
{
    private const string Path = "/run/kata-containers/sandbox/storage/volume";
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ResizeVolume_Ext4_GrowsAndNothingElseDoes()
    {
        await using var vm = new AgentVm { Sandbox = new CreateSandboxRequest { SandboxId = "sandbox1", Storages = { Volume() } } };
        string disk = vm.MakeDisk("volume", 64);
        (await Command.RunAsync("mke2fs", ["-q", "-t", "ext4", disk, "16M"], null, Token)).EnsureSuccess();
        vm.Arguments.Add("-drive");
        vm.Arguments.Add($"if=none,id=d0,format=raw,file={disk}");
        vm.Arguments.Add("-device");
        vm.Arguments.Add("virtio-blk-pci,drive=d0,addr=0x12");
        await vm.BootAsync();

        await ResizeAsync(vm, Path, 64 << 20);
        VolumeStatsResponse stats = await vm.Agent.GetVolumeStatsAsync(new VolumeStatsRequest { VolumeGuestPath = Path }, cancellationToken: Token);

        Assert.InRange(stats.Usage[0].Total, 50UL << 20, 64UL << 20);
        await ResizeAsync(vm, Path, 64 << 20); // once more changes nothing
        Assert.Equal(StatusCode.ResourceExhausted, await StatusOf(() => ResizeAsync(vm, Path, 128 << 20))); // the device is smaller
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => ResizeAsync(vm, Path, 16 << 20)));
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => ResizeAsync(vm, "/", 1 << 30)));
        Assert.Equal(StatusCode.NotFound, await StatusOf(() => ResizeAsync(vm, Path + "/none", 1 << 30)));
        Assert.Equal(StatusCode.Unimplemented, await StatusOf(() => ResizeAsync(vm, "/run/kata-containers/sandbox", 1 << 30)));
    }

    private static Storage Volume() => new() { Driver = "blk", Source = "12", Fstype = "ext4", MountPoint = Path };

    private static async Task ResizeAsync(AgentVm vm, string path, ulong size) =>
        await vm.Agent.ResizeVolumeAsync(new ResizeVolumeRequest { VolumeGuestPath = path, Size = size }, cancellationToken: Token);

    private static async Task<StatusCode> StatusOf(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).StatusCode;
}
