using Grpc.Core;
using Kata.Oci.Runtime;
using Kata.Protocols.Agent;
using Kata.Shim.Tests.Fakes;
using Proto = Kata.Protocols.Task;

namespace Kata.Shim.Tests;

/// <summary>Hooks of the spec: which run on the host and when, and what goes to the guest.</summary>
public sealed class HookTests : IAsyncDisposable
{
    private readonly ShimHarness _shim = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("kata-hooks-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Order => File.Exists(Path.Combine(_directory, "order")) ? File.ReadAllText(Path.Combine(_directory, "order")) : string.Empty;

    public async ValueTask DisposeAsync()
    {
        await _shim.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Task_WholeLife_RunsHostHooksInOrderWithTheState()
    {
        Proto.CreateTaskRequest request = Request(new Hooks
        {
            Prestart = [Noting("prestart")],
            CreateRuntime = [Noting("createRuntime")],
            Poststart = [Noting("poststart")],
            Poststop = [Noting("poststop")],
        });

        await _shim.Client.CreateAsync(request, cancellationToken: Token);
        string created = Order;
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);
        string started = Order;
        _shim.Agent.Process("c1").Exit(0);
        await _shim.Client.WaitAsync(new Proto.WaitRequest { Id = "c1" }, cancellationToken: Token);
        await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = "c1" }, cancellationToken: Token);

        Assert.Equal("prestart createRuntime ", created);
        Assert.Equal("prestart createRuntime poststart ", started);
        Assert.Equal("prestart createRuntime poststart poststop ", Order);
        Assert.Empty(Directory.EnumerateFiles(request.Bundle, "kata-*")); // nothing is left to do for whoever cleans up
        Assert.Equal(("c1", ContainerStatus.Creating, true, request.Bundle), StateSeenBy("prestart"));
        Assert.Equal(("c1", ContainerStatus.Running, true, request.Bundle), StateSeenBy("poststart"));
        Assert.Equal(("c1", ContainerStatus.Stopped, false, request.Bundle), StateSeenBy("poststop"));
    }

    [Fact]
    public async Task Create_HookFails_NamesItAndLeavesNothing()
    {
        Proto.CreateTaskRequest request = Request(new Hooks
        {
            Prestart = [Script("echo no such network; exit 1")],
            CreateRuntime = [Noting("createRuntime")],
            Poststop = [Noting("poststop")],
        });

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await _shim.Client.CreateAsync(request, cancellationToken: Token));

        Assert.Contains("prestart hook /bin/sh of container c1 failed", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("no such network", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("poststop ", Order); // what failed half-way is undone
        Assert.False(Directory.Exists(Path.Combine(_shim.RunRoot, "vc/sbs/c1")));
        await _shim.Client.CreateAsync(_shim.Request("c1"), cancellationToken: Token);
    }

    [Fact]
    public async Task Create_HookOfAPodsContainerFails_TakesTheContainerOutOfTheGuestAgain()
    {
        await _shim.Client.CreateAsync(_shim.Request("pod", """{"io.kubernetes.cri.container-type":"sandbox"}"""), cancellationToken: Token);
        const string annotations = """{"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.sandbox-id":"pod"}""";
        Proto.CreateTaskRequest request = Request(new Hooks { CreateRuntime = [Script("exit 5")] }, "c2", annotations);

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await _shim.Client.CreateAsync(request, cancellationToken: Token));

        Assert.Contains("exit code 5", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(_shim.Agent.Requests<CreateContainerRequest>("CreateContainer"), call => call.ContainerId == "c2");
        Assert.Contains(_shim.Agent.Requests<RemoveContainerRequest>("RemoveContainer"), call => call.ContainerId == "c2");
    }

    [Fact]
    public async Task Start_PoststartFails_TheContainerRunsAllTheSame()
    {
        await _shim.Client.CreateAsync(Request(new Hooks { Poststart = [Script("exit 1")] }), cancellationToken: Token);

        await _shim.Client.StartAsync(new Proto.StartRequest { Id = "c1" }, cancellationToken: Token);

        Proto.StateResponse state = await _shim.Client.StateAsync(new Proto.StateRequest { Id = "c1" }, cancellationToken: Token);
        Assert.Equal(Protocols.ContainerdTypes.Status.Running, state.Status);
    }

    [Theory]
    [InlineData("relative", 1)]
    [InlineData("/bin/true", 0)]
    [InlineData("/bin/true", -1)]
    public async Task Create_HookMalformed_IsRefusedBeforeAnythingRuns(string path, int timeout)
    {
        Proto.CreateTaskRequest request = _shim.Request("c1");
        Edit(request, spec => spec with { Hooks = new Hooks { Prestart = [Noting("prestart")], Poststop = [new Hook { Path = path, Timeout = timeout }] } });

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await _shim.Client.CreateAsync(request, cancellationToken: Token));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(string.Empty, Order);
    }

    [Fact]
    public async Task Create_HooksOfTheContainersNamespaces_GoToTheAgent()
    {
        Proto.CreateTaskRequest request = _shim.Request("c1");
        var hook = new Hook { Path = "/bin/inside", Args = ["inside", "x"], Env = ["A=b"], Timeout = 7 };
        Edit(request, spec => spec with { Hooks = new Hooks { Prestart = [Noting("prestart")], CreateContainer = [hook], StartContainer = [hook, hook] } });

        await _shim.Client.CreateAsync(request, cancellationToken: Token);

        Protocols.Oci.Hooks sent = Assert.Single(_shim.Agent.Requests<CreateContainerRequest>("CreateContainer")).OCI.Hooks;
        Protocols.Oci.Hook first = Assert.Single(sent.CreateContainer);
        Assert.Equal(("/bin/inside", "inside x", "A=b", 7L), (first.Path, string.Join(' ', first.Args), string.Join(' ', first.Env), first.Timeout));
        Assert.Equal(2, sent.StartContainer.Count);
        Assert.Empty(sent.Prestart);
    }

    private (string Id, ContainerStatus Status, bool HasPid, string Bundle) StateSeenBy(string kind)
    {
        State state = OciJson.ReadState(File.ReadAllBytes(Path.Combine(_directory, kind)));
        return (state.Id, state.Status, state.Pid is not null, state.Bundle);
    }

    /// <summary>A hook that notes its kind and what it read.</summary>
    private Hook Noting(string kind) => Script($"cat > {_directory}/{kind}; printf '{kind} ' >> {_directory}/order");

    private static Hook Script(string text) => new() { Path = "/bin/sh", Args = ["sh", "-c", text], Env = ["PATH=/bin:/usr/bin"], Timeout = 20 };

    private Proto.CreateTaskRequest Request(Hooks hooks, string id = "c1", string annotations = "{}")
    {
        Proto.CreateTaskRequest request = _shim.Request(id, annotations);
        Edit(request, spec => spec with { Hooks = hooks });
        return request;
    }

    private static void Edit(Proto.CreateTaskRequest request, Func<Spec, Spec> edit)
    {
        string path = Path.Combine(request.Bundle, "config.json");
        File.WriteAllBytes(path, OciJson.WriteSpec(edit(OciJson.ReadSpecFile(path))));
    }
}
