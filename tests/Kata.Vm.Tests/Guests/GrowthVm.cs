using Kata.Protocols.Agent;

namespace Kata.Vm.Tests.Guests;

/// <summary>A guest into which disks of either kind are plugged, and which has a 9p share.</summary>
public sealed class GrowthVm : IAsyncLifetime
{
    /// <summary>Where the share is in the guest.</summary>
    public const string Share = "/run/kata-containers/sandbox/storage/share";

    public AgentVm Vm { get; } = new()
    {
        KernelParameters = { "agent.hotplug_timeout=3" },
        Sandbox = new CreateSandboxRequest
        {
            SandboxId = "sandbox1",
            Storages = { new Storage { Driver = "9p", Source = "share", Fstype = "9p", MountPoint = Share, Options = { "trans=virtio,version=9p2000.L" } } },
        },
    };

    public async ValueTask InitializeAsync()
    {
        foreach (string argument in (string[])[
            "-device", "pcie-root-port,id=rp0,chassis=1,slot=1,addr=0x10",
            "-device", "pcie-root-port,id=rp1,chassis=2,slot=2,addr=0x11",
            "-device", "virtio-scsi-pci,disable-legacy=on,id=scsi0,addr=0x8",
            "-fsdev", $"local,id=fs0,path={Directory.CreateDirectory(Path.Combine(Vm.HostDirectory, "share"))},security_model=none,multidevs=remap",
            "-device", "virtio-9p-pci,disable-legacy=on,fsdev=fs0,mount_tag=share,addr=0x9"])
        {
            Vm.Arguments.Add(argument);
        }

        await Vm.BootAsync();
    }

    public ValueTask DisposeAsync() => Vm.DisposeAsync();
}
