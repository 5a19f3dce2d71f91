using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Vm.Tests.Guests;

/// <summary>Storages that come with the sandbox.</summary>
public sealed class SandboxStorageTests
{
    private const string Root = "/run/kata-containers/sandbox/";

    [Fact]
    public async Task CreateSandbox_OneStorageFails_LeavesNothingAndCanBeTriedAgain()
    {
        await using var vm = new AgentVm { Sandbox = null, KernelParameters = { "agent.hotplug_timeout=1" } };
        await vm.BootAsync();
        var shm = new StorageRequest { Driver = "ephemeral", Source = "shm", Fstype = "tmpfs", MountPoint = Root + "shm", Options = { "noexec", "nosuid", "nodev", "mode=1777", "size=65536" } };
        var missing = new StorageRequest { Driver = "blk", Source = "1c/00", Fstype = "ext4", MountPoint = Root + "disk" };
        CreateSandboxRequest Request(params StorageRequest[] storages) => new() { SandboxId = "sandbox1", Storages = { storages } };

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () =>
            await vm.Agent.CreateSandboxAsync(Request(shm, missing), cancellationToken: TestContext.Current.CancellationToken));
        await vm.Agent.CreateSandboxAsync(Request(), cancellationToken: TestContext.Current.CancellationToken);
        CreateContainerRequest look = NewRequest(vm, "look", "grep", "-c", Root, "/hostproc/1/mountinfo");
        GuestContainers.AddBind(look.OCI, "/proc", "/hostproc", "rbind");
        ContainerRun mounts = await vm.Containers.RunAsync(look);
        CreateContainerRequest again = NewRequest(vm, "again", "sh", "-c", "grep -o ' /data .*size=[0-9]*k' /proc/mounts | grep -o size=.*");
        again.Storages.Add(shm);
        GuestContainers.AddBind(again.OCI, shm.MountPoint, "/data");

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Contains("PCI path 1c/00", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("0\n", mounts.Output);
        Assert.Equal("size=64k\n", (await vm.Containers.RunAsync(again)).Output);
    }

    private static CreateContainerRequest NewRequest(AgentVm vm, string id, params string[] args) =>
        new() { ContainerId = id, ExecId = id, OCI = vm.Containers.NewSpec(id, args) };
}
