using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>Mounts that one container of a pod makes and another one gets.</summary>
public sealed class SharedMountTests(SharedMountVm guest) : IClassFixture<SharedMountVm>
{
    // What it shares appears complete, by the last mount.
    private const string Lender = """
        read go
        mkdir /dev/p /dev/m
        mount -t tmpfs -o size=64k one /dev/p
        echo hello >/dev/p/f
        mkdir /dev/p/sub
        mount -t tmpfs two /dev/p/sub
        mount -o rbind /dev/p /dev/m
        until [ -s /dev/m/g ]; do usleep 1000; done
        cat /dev/m/g
        umount /dev/m/sub && umount /dev/m && umount /dev/p/sub && umount /dev/p && echo gone
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentVm Vm => guest.Vm;

    [Fact]
    public async Task Mount_MadeByTheOthersProgramLater_IsWaitedForAndStaysWhenTheOtherGoes()
    {
        await StartAsync(Privileged("lender", "sh", "-c", Lender), "storage");
        CreateContainerRequest request = NewRequest("borrower", "sh", "-c", "cat /data/in/f; echo back >/data/in/g; grep -c ' /data/in' /proc/mounts; exec sleep 1000");
        request.SharedMounts.Add(Shared("storage", "/dev/m/", "/data/in"));

        Task<Google.Protobuf.WellKnownTypes.Empty> creating = Vm.Agent.CreateContainerAsync(request, cancellationToken: Token).ResponseAsync;
        await Vm.Agent.WriteStdinAsync(new WriteStreamRequest { ContainerId = "lender", Data = Google.Protobuf.ByteString.CopyFromUtf8("go\n") }, cancellationToken: Token);
        await creating;
        Task<string> output = Vm.Containers.ReadToEndAsync("borrower");
        await Vm.Agent.StartContainerAsync(new StartContainerRequest { ContainerId = "borrower" }, cancellationToken: Token);
        string seen = await Vm.Containers.ReadToEndAsync("lender");
        await Vm.Containers.RemoveAsync("lender");
        ContainerRun after = await Vm.Containers.ExecAsync("borrower", "look", "cat", "/data/in/f", "/data/in/g");
        await Vm.Containers.RemoveAsync("borrower");

        Assert.Equal("back\ngone\n", seen);
        Assert.Equal("hello\nback\n", after.Output);
        Assert.Equal("hello\n2\n", await output);
    }

    [Fact]
    public async Task File_BehindALinkOfTheImage_IsMountedInTheContainerAndNowhereElse()
    {
        await StartAsync(Privileged("filer", "sh", "-c", "mkdir -p /run; ln -sf /../../../run /tmp/way; echo text >/dev/f; touch /dev/on; mount -o bind /dev/f /dev/on; exec sleep 1000"), name: null);
        CreateContainerRequest request = NewRequest("files", "sh", "-c", "cat /tmp/way/there/file /run/there/file; grep -c there/file /proc/mounts; grep -c there/file /hostproc/1/mounts");
        request.SharedMounts.Add(Shared("filer", "/dev/on", "/tmp/way/there/file"));
        GuestContainers.AddBind(request.OCI, "/proc", "/hostproc", "rbind");

        ContainerRun run = await Vm.Containers.RunAsync(request);
        await Vm.Containers.RemoveAsync("filer");

        Assert.Equal("text\ntext\n1\n0\n", run.Output);
    }

    [Fact]
    public async Task SecondOne_CannotBeMade_NothingIsLeftAndTheIdIsFree()
    {
        await StartAsync(Privileged("giver", "sh", "-c", "mkdir /dev/m; mount -t tmpfs one /dev/m; exec sleep 1000"), name: null);
        CreateContainerRequest request = NewRequest("taker", "sh", "-c", GuestContainers.CountDescriptors);
        GuestContainers.AddBind(request.OCI, "/proc", "/hostproc", "rbind");
        ContainerRun before = await Vm.Containers.RunAsync(request);
        (SharedMount Second, StatusCode Code, string Words)[] cases =
        [
            (Shared("nobody", "/dev/m", "/data"), StatusCode.NotFound, "the sandbox has no container 'nobody'"),
            (Shared("taker", "/dev/m", "/data"), StatusCode.NotFound, "the sandbox has no container 'taker'"),
            (Shared("giver", "/dev/m", "/proc/sys"), StatusCode.InvalidArgument, "inside /proc"),
            (Shared("giver", "/dev/m", "/dev/../.."), StatusCode.InvalidArgument, "dst_path"),
            (Shared("giver", "/", "/data"), StatusCode.InvalidArgument, "src_path"),
            (Shared("giver", "/dev/m", "/mnt"), StatusCode.InvalidArgument, "another one has the same dst_path"),
            (Shared("giver", "/dev/m", "/bin/busybox"), StatusCode.InvalidArgument, "ENOTDIR"),
        ];

        foreach ((SharedMount second, StatusCode code, string words) in cases)
        {
            request.SharedMounts.Clear();
            request.SharedMounts.AddRange([Shared("giver", "/dev/m", "/mnt"), second]);
            RpcException error = await Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(request));
            Assert.Equal((second.DstPath, code), (second.DstPath, error.StatusCode));
            Assert.Contains(words, error.Status.Detail, StringComparison.Ordinal);
        }

        request.SharedMounts.Clear();
        Assert.Matches("^[0-9]+\n$", before.Output);
        Assert.Equal(before.Output, (await Vm.Containers.RunAsync(request)).Output);
        await Vm.Containers.RemoveAsync("giver");
    }

    [Fact]
    public async Task Other_EndsBeforeItMakesTheMount_IsToldAtOnce()
    {
        await StartAsync(Privileged("short", "sh", "-c", "read wait"), name: null);
        CreateContainerRequest request = NewRequest("waiter", "true");
        request.SharedMounts.Add(Shared("short", "/dev/never", "/data"));

        Task<ContainerRun> waiting = Vm.Containers.RunAsync(request);
        await Vm.Agent.CloseStdinAsync(new CloseStdinRequest { ContainerId = "short" }, cancellationToken: Token);
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => waiting);
        await Vm.Containers.RemoveAsync("short");

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("container short has ended", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileServerOfTheOther_DoesNotAnswer_HoldsUpNobody()
    {
        await StartAsync(Privileged("root", "hang", "root"), name: null);
        await StartAsync(Privileged("below", "hang", "below"), name: null);
        foreach (string id in (string[])["root", "below"])
        {
            Assert.Equal("ready\n", (await Vm.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = id, Len = 100 }, cancellationToken: Token)).Data.ToStringUtf8());
        }

        CreateContainerRequest mounted = NewRequest("mounted", "grep", "-c", "hang /data fuse", "/proc/mounts");
        mounted.SharedMounts.Add(Shared("root", "/dev/fs", "/data"));
        CreateContainerRequest stuck = NewRequest("stuck", "true");
        stuck.SharedMounts.Add(Shared("below", "/dev/fs/sub", "/data"));
        CreateContainerRequest never = NewRequest("never", "true");
        never.SharedMounts.Add(Shared("root", "/dev/none", "/data"));

        Task<RpcException> stuckError = Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(stuck));
        Task<RpcException> neverError = Assert.ThrowsAsync<RpcException>(() => Vm.Containers.RunAsync(never));
        ContainerRun run = await Vm.Containers.RunAsync(mounted);
        Assert.All([await stuckError, await neverError], error => Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode));
        await Vm.Containers.RemoveAsync("below");
        await Vm.Containers.RemoveAsync("root");
        CreateContainerRequest look = NewRequest("look", "sh", "-c", "while grep -q mount-lender /hostproc/1/task/*/comm; do usleep 10000; done; echo gone");
        GuestContainers.AddBind(look.OCI, "/proc", "/hostproc", "rbind");
        ContainerRun threads = await Vm.Containers.RunAsync(look);

        Assert.Equal("1\n", run.Output);
        Assert.Contains("container below had no usable mount at /dev/fs/sub within 10 s", (await stuckError).Status.Detail, StringComparison.Ordinal);
        Assert.Equal("gone\n", threads.Output);
    }

    private static SharedMount Shared(string from, string source, string target) => new() { Name = "m", SrcCtr = from, SrcPath = source, DstCtr = "app", DstPath = target };

    // A container that may mount, as the one of a CSI driver.
    private CreateContainerRequest Privileged(string id, params string[] args)
    {
        CreateContainerRequest request = NewRequest(id, args);
        request.OCI.Process.NoNewPrivileges = false;
        foreach (Google.Protobuf.Collections.RepeatedField<string> set in (Google.Protobuf.Collections.RepeatedField<string>[])[
            request.OCI.Process.Capabilities.Bounding, request.OCI.Process.Capabilities.Effective, request.OCI.Process.Capabilities.Permitted])
        {
            set.Add("CAP_SYS_ADMIN");
        }

        request.OCI.Linux.Resources = new LinuxResources { Devices = { new LinuxDeviceCgroup { Allow = true, Type = "c", Major = 10, Minor = 229, Access = "rwm" } } };
        return request;
    }

    private async Task StartAsync(CreateContainerRequest request, string? name)
    {
        if (name is not null)
        {
            request.OCI.Annotations["io.kubernetes.cri.container-name"] = name;
        }

        await Vm.Containers.StartAsync(request);
    }

    private CreateContainerRequest NewRequest(string id, params string[] args)
    {
        var request = new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = Vm.Containers.NewSpec(id, args) };
        request.OCI.Annotations["io.kubernetes.cri.container-name"] = id is "lender" or "filer" or "giver" or "short" or "root" or "below" ? id : "app";
        return request;
    }
}
