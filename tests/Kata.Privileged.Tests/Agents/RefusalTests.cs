using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Privileged.Tests.Agents;

public sealed class RefusalTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nosuch", "nosuch", StatusCode.NotFound, "exec: \"nosuch\": executable file not found in $PATH")]
    [InlineData("nopath", "/bin/nosuch", StatusCode.NotFound, "no such file or directory")]
    [InlineData("plain", "/etc/plain", StatusCode.PermissionDenied, "permission denied")]
    [InlineData("isdir", "/etc", StatusCode.PermissionDenied, "is a directory")]
    public async Task Create_ProgramCannotRun_SaysSoAndLeavesNothing(string id, string program, StatusCode code, string words)
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => live.CreateAsync(id, live.NewSpec(id, program)));

        Assert.Equal(code, error.StatusCode);
        Assert.Contains(words, error.Status.Detail, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"/sys/fs/cgroup/memory/{live.CgroupPrefix}/{id}"));
        (int exit, _, _) = await live.RunAsync(id, live.NewSpec(id, "true"));
        Assert.Equal(0, exit);
    }

    [Fact]
    public async Task Create_UnknownUserByName_IsInvalid()
    {
        Spec spec = live.NewSpec("nouser", "true");
        var request = new CreateContainerRequest { ContainerId = "nouser", OCI = spec, StringUser = new StringUser { Uid = "ghost" } };

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await live.Agent.CreateContainerAsync(request, cancellationToken: Token));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains("unable to find user ghost", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WorkingDirectoryIsAFile_IsInvalid()
    {
        Spec spec = live.NewSpec("badcwd", "true");
        spec.Process.Cwd = "/etc/passwd";

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => live.CreateAsync("badcwd", spec));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains("chdir to cwd (\"/etc/passwd\")", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ids_UnknownRepeatedOrMalformed_HaveTheirStatus()
    {
        await live.CreateAsync("twice", live.NewSpec("twice", "sleep", "1000"));

        Assert.Equal(StatusCode.AlreadyExists, await StatusOf(() => live.CreateAsync("twice", live.NewSpec("twice2", "true"))));
        Assert.Equal(StatusCode.NotFound, await StatusOf(() => live.StartAsync("unknown")));
        Assert.Equal(StatusCode.NotFound, await StatusOf(() => live.RemoveAsync("unknown")));
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(() => live.StartAsync("../x")));
        Assert.Equal(StatusCode.NotFound, await StatusOf(() => live.WaitAsync("twice", "e9")));
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(async () => await live.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = "twice", Signal = 99 }, cancellationToken: Token)));
        await live.StartAsync("twice");
        Assert.Equal(StatusCode.FailedPrecondition, await StatusOf(() => live.StartAsync("twice")));
        Assert.Equal(StatusCode.FailedPrecondition, await StatusOf(async () => await live.Agent.ResumeContainerAsync(new ResumeContainerRequest { ContainerId = "twice" }, cancellationToken: Token)));
        await live.RemoveAsync("twice");
        Assert.Equal(StatusCode.NotFound, await StatusOf(() => live.StartAsync("twice")));
    }

    [Fact]
    public async Task Exec_MissingProgram_FreesTheName()
    {
        await live.CreateAsync("exnone", live.NewSpec("exnone", "sleep", "1000"));
        await live.StartAsync("exnone");
        ExecProcessRequest Request(string program) => new()
        {
            ContainerId = "exnone",
            ExecId = "ee",
            Process = new Process { Args = { program }, Cwd = "/", Env = { "PATH=/bin" }, User = new User() },
        };

        Assert.Equal(StatusCode.NotFound, await StatusOf(async () => await live.Agent.ExecProcessAsync(Request("nosuch"), cancellationToken: Token)));
        await live.Agent.ExecProcessAsync(Request("true"), cancellationToken: Token);
        Assert.Equal(0, await live.WaitAsync("exnone", "ee"));
        await live.RemoveAsync("exnone");
    }

    [Fact]
    public async Task Exec_StreamsOnPorts_IsRefused()
    {
        await live.CreateAsync("export", live.NewSpec("export", "sleep", "1000"));
        await live.StartAsync("export");
        var request = new ExecProcessRequest
        {
            ContainerId = "export",
            ExecId = "ee",
            StdoutPort = 1027,
            Process = new Process { Args = { "true" }, Cwd = "/", User = new User() },
        };

        Assert.Equal(StatusCode.Unimplemented, await StatusOf(async () => await live.Agent.ExecProcessAsync(request, cancellationToken: Token)));
        await live.RemoveAsync("export");
    }

    [Fact]
    public async Task Unimplemented_Call_IsNamed()
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await live.Agent.MemAgentCompactSetAsync(new MemAgentCompactConfig(), cancellationToken: Token));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
        Assert.Contains("MemAgentCompactSet", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_UnknownDriverOrPath_IsRefused()
    {
        var request = new CreateContainerRequest { ContainerId = "stor", OCI = live.NewSpec("stor", "true") };
        request.Storages.Add(new Storage { Driver = "floppy", MountPoint = "/run/kata-containers/x" });
        Assert.Equal(StatusCode.Unimplemented, await StatusOf(async () => await live.Agent.CreateContainerAsync(request, cancellationToken: Token)));

        request.Storages[0] = new Storage { Driver = "ephemeral", Source = "tmpfs", Fstype = "tmpfs", MountPoint = "/etc" };
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(async () => await live.Agent.CreateContainerAsync(request, cancellationToken: Token)));
    }

    private static async Task<StatusCode> StatusOf(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).StatusCode;
}
