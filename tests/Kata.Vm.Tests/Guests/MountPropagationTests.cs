using Google.Protobuf.Collections;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>Mounts that one container of a pod makes in a volume and others see, as Kubernetes' Bidirectional and HostToContainer mean it.</summary>
public sealed class MountPropagationTests(MountPropagationTests.Guest guest) : IClassFixture<MountPropagationTests.Guest>
{
    private const string Volume = "/run/kata-containers/shared/containers/volume";

    // Waits for a command from the test, which it gets over its input: "go" ends the wait.
    private const string Maker = """
        read go; mkdir /vol/sub /vol/back; mount -t tmpfs inside /vol/sub; echo made >/vol/sub/f; echo 1
        read go; ls /vol/back; umount /vol/sub && echo 2
        read go
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentVm Vm => guest.Vm;

    [Theory]
    [InlineData("ephemeral")]
    [InlineData("9p")]
    public async Task Mount_MadeInOneContainer_ShowsInThoseThatAskForIt(string driver)
    {
        string[] before = await StateAsync("before" + driver);
        await Vm.Containers.StartAsync(Request("early" + driver, driver, "rslave", "sh", "-c", "mkdir -p /vol/back; read go; mount -t tmpfs mine /vol/back && touch /vol/back/mine && echo mounted; read go"));
        await Vm.Containers.StartAsync(Request("private" + driver, driver, "rprivate", "sleep", "1000"));
        await Vm.Containers.StartAsync(Request("maker" + driver, driver, "rshared", "sh", "-c", Maker));

        await GoAsync("maker" + driver, "1\n");
        await Vm.Containers.StartAsync(Request("late" + driver, driver, "rslave", "sleep", "1000"));
        string[] seen = [await LookAsync("early"), await LookAsync("late"), await LookAsync("private")];
        string[] inGuest = await StateAsync("during" + driver);
        await GoAsync("early" + driver, "mounted\n");
        await GoAsync("maker" + driver, "2\n"); // and nothing in "back": what a receiver mounts is its own
        string[] afterwards = [await LookAsync("early"), await LookAsync("late")];
        foreach (string id in (string[])["maker", "early", "late", "private"])
        {
            await Vm.Containers.RemoveAsync(id + driver);
        }

        Assert.Equal(["made\n", "made\n", "none\n"], seen);
        Assert.Equal(["none\n", "none\n"], afterwards);
        Assert.DoesNotContain(inGuest, line => line.Contains("volume/sub", StringComparison.Ordinal));
        Assert.Equal(before, await StateAsync("after" + driver));

        async Task<string> LookAsync(string id) => (await Vm.Containers.ExecAsync(id + driver, $"e{Guid.NewGuid():N}", "sh", "-c", "cat /vol/sub/f 2>/dev/null || echo none")).Output;
    }

    [Fact]
    public async Task Volume_ContainerFailsLater_IsLeft()
    {
        CreateContainerRequest request = Request("fails", "ephemeral", "rshared", "/bin/nothing");
        string[] before = await StateAsync("before");

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(request));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Equal(before, await StateAsync("after"));
    }

    private async Task GoAsync(string id, string answer)
    {
        await Vm.Agent.WriteStdinAsync(new WriteStreamRequest { ContainerId = id, Data = Google.Protobuf.ByteString.CopyFromUtf8("go\n") }, cancellationToken: Token);
        Assert.Equal(answer, (await Vm.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = id, Len = 100 }, cancellationToken: Token)).Data.ToStringUtf8());
    }

    // The guest's mounts below the agent's directory, and how many descriptors the agent has.
    private async Task<string[]> StateAsync(string id)
    {
        var request = new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = Vm.Containers.NewSpec(id, "sh", "-c", GuestContainers.CountDescriptors + "; cut -d' ' -f5 /hostproc/1/mountinfo | grep kata-containers") };
        GuestContainers.AddBind(request.OCI, "/proc", "/hostproc", "rbind");
        return (await Vm.Containers.RunAsync(request)).Output.Split('\n');
    }

    private CreateContainerRequest Request(string id, string driver, string propagation, params string[] args)
    {
        var request = new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = Vm.Containers.NewSpec(id, args) };
        request.Storages.Add(driver == "9p"
            ? new Storage { Driver = "9p", Source = "share", Fstype = "9p", MountPoint = Volume, Options = { "trans=virtio,version=9p2000.L" } }
            : new Storage { Driver = driver, Source = "tmpfs", Fstype = "tmpfs", MountPoint = Volume });
        GuestContainers.AddBind(request.OCI, Volume, "/vol", "rbind", propagation);
        request.OCI.Linux.RootfsPropagation = propagation;
        request.OCI.Process.NoNewPrivileges = false;
        foreach (RepeatedField<string> set in (RepeatedField<string>[])[
            request.OCI.Process.Capabilities.Bounding, request.OCI.Process.Capabilities.Effective, request.OCI.Process.Capabilities.Permitted])
        {
            set.Add("CAP_SYS_ADMIN");
        }

        return request;
    }

    public sealed class Guest : IAsyncLifetime
    {
        public AgentVm Vm { get; } = new();

        public async ValueTask InitializeAsync()
        {
            string share = Directory.CreateDirectory(Path.Combine(Vm.HostDirectory, "share")).FullName;
            foreach (string argument in (string[])[
                "-fsdev", $"local,id=fs0,path={share},security_model=none,multidevs=remap", "-device", "virtio-9p-pci,disable-legacy=on,fsdev=fs0,mount_tag=share,addr=0x9"])
            {
                Vm.Arguments.Add(argument);
            }

            await Vm.BootAsync();
        }

        public ValueTask DisposeAsync() => Vm.DisposeAsync();
    }
}
