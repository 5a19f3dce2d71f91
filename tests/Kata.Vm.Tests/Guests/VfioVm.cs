using System.Text;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Kata.Testing.Builds;
using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Guests;

/// <summary>
/// A guest with an emulated IOMMU and devices for VFIO: behind a root port (10/00), two functions of one slot (11/00.0 and .1), behind a switch
/// (12/00/00/00), on a second root bus (20/00/00), and the kernel's example of mediated devices. The root ports hp0 (13/00) and hp1 (14/00) are empty;
/// a disk with a file system is on the second root bus, too (20/01/00), and a network device (20/02/00). The guest has cgroup v2.
/// </summary>
public sealed class VfioVm : IAsyncLifetime
{
    /// <summary>A virtio random number generator, as programs see it.</summary>
    public const string Rng = "device 1af4:1044\n";

    private const string Program = "/vfio";

    // The modules, and one mediated device; the agent is what the script executes.
    private const string Setup = $"""
        #!{AgentVm.Rootfs}/bin/busybox sh
        b={AgentVm.Rootfs}/bin/busybox
        $b insmod /mdev.ko && $b insmod /mtty.ko || $b echo no modules > /dev/console
        exec /init
        """;

    public AgentVm Vm { get; } = new()
    {
        KernelParameters = { "intel_iommu=on", "agent.hotplug_timeout=3", "rdinit=/setup", "agent.unified_cgroup_hierarchy=1" },
        Arguments =
        {
            "-device", "intel-iommu,intremap=on",
            "-device", "pcie-root-port,id=rp0,chassis=1,slot=1,addr=0x10",
            "-device", "virtio-rng-pci,bus=rp0",
            "-device", "pcie-root-port,id=rp1,chassis=2,slot=2,addr=0x11",
            "-device", "virtio-rng-pci,bus=rp1,addr=0.0,multifunction=on",
            "-device", "virtio-rng-pci,bus=rp1,addr=0.1",
            "-device", "pcie-root-port,id=rp2,chassis=3,slot=3,addr=0x12",
            "-device", "x3130-upstream,id=up0,bus=rp2",
            "-device", "xio3130-downstream,id=down0,bus=up0,chassis=4,slot=4",
            "-device", "virtio-rng-pci,bus=down0",
            "-device", "pcie-root-port,id=hp0,chassis=5,slot=5,addr=0x13",
            "-device", "pcie-root-port,id=hp1,chassis=6,slot=6,addr=0x14",
            "-device", "pxb-pcie,id=pxb0,bus_nr=32,bus=pcie.0,addr=0x15",
            "-device", "pcie-root-port,id=rp20,bus=pxb0,chassis=32,slot=32,addr=0x0",
            "-device", "virtio-rng-pci,bus=rp20",
            "-device", "pcie-root-port,id=disk20,bus=pxb0,chassis=33,slot=33,addr=0x1",
            "-device", "pcie-root-port,id=net20,bus=pxb0,chassis=34,slot=34,addr=0x2",
            "-device", "pcie-root-port,id=swap20,bus=pxb0,chassis=35,slot=35,addr=0x3",
            "-netdev", "hubport,id=n0,hubid=0",
            "-device", "virtio-net-pci,netdev=n0,bus=net20,mac=02:00:00:00:00:01",
        },
    };

    public async ValueTask InitializeAsync()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await CProgram.AddAsync(Vm, "vfio", Program[1..]);
        Vm.Files.File("setup", Encoding.UTF8.GetBytes(Setup), executable: true);
        foreach (string module in Directory.GetFiles(Path.Combine(Path.GetDirectoryName(BuildOutput.Kernel)!, "modules"), "m*.ko", SearchOption.AllDirectories))
        {
            Vm.Files.File(Path.GetFileName(module), await File.ReadAllBytesAsync(module, token));
        }

        await AddDisksAsync(token);
        await Vm.BootAsync();
    }

    public ValueTask DisposeAsync() => Vm.DisposeAsync();

    /// <summary>A container with a VFIO device that the host knows as group 47, and the variables of a device plugin.</summary>
    /// <param name="id">The container.</param>
    /// <param name="script">What its shell runs; <c>$g</c> is the group's node, <c>$PCIDEVICE_X</c> the first device.</param>
    /// <param name="options">The devices: <c>HOST=GUEST</c>.</param>
    public CreateContainerRequest NewRequest(string id, string script, params string[] options)
    {
        Spec spec = Vm.Containers.NewSpec(id, "sh", "-c", "g=$(find /dev/vfio -name '[0-9]*'); " + script);
        spec.Process.Env.Add("PCIDEVICE_X=" + string.Join(',', options.Select(option => option.Split('=')[0])));
        spec.Linux.Resources = new LinuxResources { Devices = { new LinuxDeviceCgroup { Type = "a", Access = "rwm" } } };
        GuestContainers.AddBind(spec, Program, "/bin/vfio");
        foreach ((string path, long major, long minor) in new[] { ("/dev/vfio/47", 511L, 47L), ("/dev/vfio/vfio", 10L, 196L) })
        {
            spec.Linux.Devices.Add(new LinuxDevice { Path = path, Type = "c", Major = major, Minor = minor });
            spec.Linux.Resources.Devices.Add(new LinuxDeviceCgroup { Allow = true, Type = "c", Major = major, Minor = minor, Access = "rwm" });
        }

        var device = new Device { Type = "vfio-pci", Id = "47", ContainerPath = "/dev/vfio/47", Options = { options } };
        return new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = spec, Devices = { device } };
    }

    /// <summary>The driver that has a device.</summary>
    public async Task<string> DriverOfAsync(string address) =>
        Path.GetFileName((await Vm.Containers.RunAsync("driver", Vm.Containers.NewSpec("driver", "readlink", $"/sys/bus/pci/devices/{address}/driver"))).Output).TrimEnd();

    private async Task AddDisksAsync(CancellationToken token)
    {
        string tree = Directory.CreateDirectory(Path.Combine(Vm.HostDirectory, "tree")).FullName;
        string image = Vm.MakeDisk("disk", 8);
        await File.WriteAllTextAsync(Path.Combine(tree, "hello"), "far away", token);
        (await Command.RunAsync("mkfs.ext4", ["-q", "-F", "-d", tree, image], options: null, token)).EnsureSuccess();
        string swap = Vm.MakeDisk("swap", 8);
        (await Command.RunAsync("mkswap", [swap], options: null, token)).EnsureSuccess();
        foreach ((string id, string file, string bus) in (IEnumerable<(string, string, string)>)[("far", image, "disk20"), ("swap", swap, "swap20")])
        {
            foreach (string argument in (string[])["-drive", $"file={file},if=none,id={id},format=raw", "-device", $"virtio-blk-pci,drive={id},bus={bus},disable-legacy=on"])
            {
                Vm.Arguments.Add(argument);
            }
        }
    }
}
