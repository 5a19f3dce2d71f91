using Kata.Protocols.Oci;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>A guest whose root file system is on a disk: no container reaches that disk (CVE-2020-2023).</summary>
public sealed class RootDiskTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Container_WithAllRights_CannotOpenTheDiskOfTheGuest(bool unified)
    {
        await using var vm = new AgentVm { RootOnDisk = true };
        if (unified)
        {
            vm.KernelParameters.Add("agent.unified_cgroup_hierarchy=1");
        }

        await vm.BootAsync();
        Spec spec = vm.Containers.NewSpec(
            "root1", "sh", "-c", "mknod /dev/d b 254 0; mknod /dev/p b 254 1; for n in d p; do head -c 1 /dev/$n >/dev/null && echo read $n; echo x >/dev/$n && echo wrote $n; done; echo end");
        spec.Process.NoNewPrivileges = false;
        spec.Process.Capabilities.Bounding.Add("CAP_SYS_ADMIN");
        spec.Process.Capabilities.Effective.Add("CAP_SYS_ADMIN");
        spec.Process.Capabilities.Permitted.Add("CAP_SYS_ADMIN");
        spec.Linux.Resources = new LinuxResources
        {
            Devices =
            {
                new LinuxDeviceCgroup { Allow = true, Type = "a", Access = "rwm" },
                new LinuxDeviceCgroup { Allow = true, Type = "b", Major = 254, Minor = 0, Access = "rwm" },
            },
        };
        spec.Linux.Devices.Add(new LinuxDevice { Path = "/dev/v", Type = "b", Major = 254, Minor = 1 });

        ContainerRun run = await vm.Containers.RunAsync(spec: spec, id: "root1");

        Assert.Equal("end\n", run.Output);
        Assert.Equal(4, run.Error.Split("Operation not permitted").Length - 1);
    }
}
