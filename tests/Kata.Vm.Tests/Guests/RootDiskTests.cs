using Google.Protobuf.Collections;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>A guest whose root file system is on a disk: no container reaches that disk, whatever it may do otherwise (CVE-2020-2023).</summary>
public sealed class RootDiskTests
{
    // Tries every block device there is: as it is; as a file system; after an attempt to allow itself all of them; and from what it can see of the cgroups above.
    private const string Attack = """
        try() {
          for d in /sys/class/block/*; do
            IFS=: read major minor < $d/dev; name=${d##*/}
            rm -f /dev/x; mknod /dev/x b $major $minor
            head -c 1 /dev/x >/dev/null 2>&1 && echo "$1: read $name"
            dd if=/dev/zero of=/dev/x bs=512 count=0 conv=notrunc 2>/dev/null && echo "$1: wrote $name"
            mount -t ext4 -o ro /dev/x /mnt 2>/dev/null && echo "$1: mounted $name"
          done
        }
        allow() {
          for d in /sys/class/block/*; do echo "b $(cat $d/dev) rwm" >$1/devices.allow; done 2>/dev/null
          echo a >$1/devices.allow 2>/dev/null
        }
        try plain
        if [ -e /sys/fs/cgroup/devices ]; then
          allow /sys/fs/cgroup/devices; try allowed
          mkdir /dev/cg; mount -t cgroup -o devices cgroup /dev/cg && echo has cgroups
        else
          mkdir /dev/cg; mount -t cgroup2 cgroup2 /dev/cg && echo has cgroups
        fi
        echo $$ >/dev/cg/cgroup.procs; allow /dev/cg; try moved
        echo end
        """;

    [Theory]
    [InlineData(GuestRoot.Disk, false, true)]
    [InlineData(GuestRoot.Disk, true, false)]
    [InlineData(GuestRoot.Overlay, false, false)]
    [InlineData(GuestRoot.Overlay, true, true)]
    [InlineData(GuestRoot.Verity, false, false)]
    public async Task Container_WithAllRights_CannotOpenTheDiskOfTheGuest(GuestRoot root, bool unified, bool anyDevice)
    {
        await using var vm = new AgentVm { Root = root };
        vm.KernelParameters.Add($"agent.unified_cgroup_hierarchy={(unified ? 1 : 0)}");

        // Another disk, which shows that the rules let a container have anything else.
        vm.Arguments.Add("-drive");
        vm.Arguments.Add($"if=none,id=d0,format=raw,file={vm.MakeDisk("other", 4)}");
        vm.Arguments.Add("-device");
        vm.Arguments.Add("virtio-blk-pci,drive=d0,addr=0x12");
        await vm.BootAsync();
        Spec spec = vm.Containers.NewSpec("root1", "sh", "-c", Attack);
        GuestContainers.AddMount(spec, "/sys/fs/cgroup", "cgroup");
        spec.Process.NoNewPrivileges = false;
        foreach (RepeatedField<string> set in (RepeatedField<string>[])[spec.Process.Capabilities.Bounding, spec.Process.Capabilities.Effective, spec.Process.Capabilities.Permitted])
        {
            set.AddRange(["CAP_SYS_ADMIN", "CAP_SYS_RAWIO", "CAP_SYS_RESOURCE", "CAP_DAC_READ_SEARCH", "CAP_NET_ADMIN", "CAP_SYS_PTRACE"]);
        }

        spec.Linux.Resources = new LinuxResources
        {
            Devices =
            {
                new LinuxDeviceCgroup { Allow = true, Type = anyDevice ? "a" : "b", Access = "rwm" },
                new LinuxDeviceCgroup { Allow = true, Type = "b", Major = 254, Minor = 0, Access = "rwm" },
            },
        };
        spec.Linux.Devices.Add(new LinuxDevice { Path = "/dev/v", Type = "b", Major = 254, Minor = 1 });

        ContainerRun run = await vm.Containers.RunAsync(spec: spec, id: "root1");

        string[] expected = unified
            ? ["plain: read vdb", "plain: wrote vdb", "has cgroups", "moved: read vdb", "moved: wrote vdb", "end"]
            : ["plain: read vdb", "plain: wrote vdb", "allowed: read vdb", "allowed: wrote vdb", "has cgroups", "moved: read vdb", "moved: wrote vdb", "end"];
        Assert.Equal(expected, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
