using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Guests;

/// <summary>A guest with what devices are plugged into: root ports for hot-plug, a SCSI host, a 9p share, an NVDIMM with a file system.</summary>
public sealed class DeviceVm : IAsyncLifetime
{
    /// <summary>The PCI path of the root port <c>rp0</c>; a device behind it is at <c>10/00</c>, behind <c>rp1</c> at <c>11/00</c> and so on.</summary>
    public const int FirstPort = 0x10;

    public DeviceVm() => Vm = new AgentVm
    {
        MachineOptions = ",nvdimm=on",
        MemoryOptions = ",slots=2,maxmem=1G",
        KernelParameters = { "agent.hotplug_timeout=20" },
    };

    public AgentVm Vm { get; }

    public string Share => Path.Combine(Vm.HostDirectory, "share");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Share);
        string pmem = await MakeFileSystemAsync("pmem", mebibytes: 16, "from pmem");
        foreach (string argument in Arguments(pmem))
        {
            Vm.Arguments.Add(argument);
        }

        await Vm.BootAsync();
    }

    public ValueTask DisposeAsync() => Vm.DisposeAsync();

    /// <summary>An image with an ext4 file system in which the file <c>hello</c> is.</summary>
    public async Task<string> MakeFileSystemAsync(string name, int mebibytes, string hello)
    {
        string tree = Directory.CreateDirectory(Path.Combine(Vm.HostDirectory, name + ".tree")).FullName;
        File.WriteAllText(Path.Combine(tree, "hello"), hello);
        string image = Vm.MakeDisk(name, mebibytes);
        (await Command.RunAsync("mkfs.ext4", ["-q", "-F", "-b", "4096", "-d", tree, image], options: null, TestContext.Current.CancellationToken)).EnsureSuccess();
        return image;
    }

    private string[] Arguments(string pmem) =>
    [
        "-device", $"pcie-root-port,id=rp0,chassis=1,slot=1,addr=0x{FirstPort:x}",
        "-device", $"pcie-root-port,id=rp1,chassis=2,slot=2,addr=0x{FirstPort + 1:x}",
        "-device", $"pcie-root-port,id=rp2,chassis=3,slot=3,addr=0x{FirstPort + 2:x}",
        "-device", $"pcie-root-port,id=rp3,chassis=4,slot=4,addr=0x{FirstPort + 3:x}",
        "-device", "virtio-scsi-pci,disable-legacy=on,id=scsi0,addr=0x8",
        "-fsdev", $"local,id=fs0,path={Share},security_model=none,multidevs=remap",
        "-device", "virtio-9p-pci,disable-legacy=on,fsdev=fs0,mount_tag=kataShared,addr=0x9",
        "-fsdev", $"local,id=fs1,path={Share},security_model=none,multidevs=remap",
        "-object", $"memory-backend-file,id=pm0,share=on,mem-path={pmem},size=16M",
        "-device", "nvdimm,id=nv0,memdev=pm0",
    ];
}
