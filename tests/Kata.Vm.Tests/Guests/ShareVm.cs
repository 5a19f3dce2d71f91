using System.Diagnostics;
using Kata.Protocols.Agent;

namespace Kata.Vm.Tests.Guests;

/// <summary>A guest that gets one directory of the host twice: over virtio-fs from a real virtiofsd, and over 9p.</summary>
public sealed class ShareVm : IAsyncLifetime
{
    private const string Containers = "/run/kata-containers/shared/containers";
    private const string Virtiofsd = "/usr/lib/qemu/virtiofsd";

    private Process? _virtiofsd;
    private Task<string> _words = Task.FromResult(string.Empty);

    public AgentVm Vm { get; } = new() { MachineOptions = ",memory-backend=mem" };

    /// <summary>The directory on the host.</summary>
    public string Share => Path.Combine(Vm.HostDirectory, "share");

    /// <summary>Where it is in the guest.</summary>
    public static string InGuest(string driver) => $"{Containers}/{driver}";

    /// <summary>The storage that mounts it there.</summary>
    public static Storage Storage(string driver) => driver == "9p"
        ? new Storage { Driver = driver, Source = "p9", Fstype = "9p", MountPoint = InGuest(driver), Options = { "trans=virtio,version=9p2000.L,cache=mmap", "nodev" } }
        : new Storage { Driver = driver, Source = "vfs", Fstype = "virtiofs", MountPoint = InGuest(driver), Options = { "nodev" } };

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Share);
        string socket = Path.Combine(Vm.HostDirectory, "vfs");
        string[] arguments = ["-f", $"--socket-path={socket}", "-o", $"source={Share}", "-o", "cache=auto", "-o", "sandbox=namespace", "-o", "log_level=warn"];
        _virtiofsd = Process.Start(new ProcessStartInfo(Virtiofsd, arguments) { RedirectStandardError = true })!;
        _words = _virtiofsd.StandardError.ReadToEndAsync(CancellationToken.None);
        while (!File.Exists(socket) && !_virtiofsd.HasExited)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        foreach (string argument in (string[])[
            "-object", $"memory-backend-memfd,id=mem,size={Vm.Mebibytes}M,share=on",
            "-chardev", $"socket,id=vfs,path={socket}", "-device", "vhost-user-fs-pci,chardev=vfs,tag=vfs,addr=0x8",
            "-fsdev", $"local,id=fs0,path={Share},security_model=none,multidevs=remap", "-device", "virtio-9p-pci,disable-legacy=on,fsdev=fs0,mount_tag=p9,addr=0x9"])
        {
            Vm.Arguments.Add(argument);
        }

        Vm.Files.Directory("rootfs").Directory("rootfs/bin");
        await CProgram.AddAsync(Vm, "watch");
        await Vm.BootAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Vm.DisposeAsync();
        if (_virtiofsd is not null)
        {
            await _virtiofsd.WaitForExitAsync(CancellationToken.None); // it ends with its VM
            TestContext.Current.TestOutputHelper?.WriteLine(await _words);
            _virtiofsd.Dispose();
        }
    }
}
